package tree

import (
	"slices"
	"strings"
)

// EndSession deletes the ephemerals of a session, in ascending order of their paths, and appends what it did to dst.
func (t *Tree) EndSession(at Stamp, session int64, dst []Effect) []Effect {
	w := write{tree: t, at: at, effects: dst, told: len(dst)}
	for _, path := range t.Ephemerals(session) {
		w.remove(path, t.find(path))
	}
	w.settle()
	return w.effects
}

// Ephemerals lists the paths of the session's ephemerals in ascending order, nil when there are none.
func (t *Tree) Ephemerals(session int64) []string {
	at := t.owners.byID[session]
	if at == 0 || len(t.owners.owners.at(at).nodes) == 0 {
		return nil
	}
	nodes := t.owners.owners.at(at).nodes
	paths := make([]string, 0, len(nodes))
	for at := range nodes {
		paths = append(paths, t.path(at))
	}
	slices.Sort(paths)
	return paths
}

// EphemeralCount is how many ephemerals there are, of all sessions.
func (t *Tree) EphemeralCount() int64 { return t.owners.nodes }

// EphemeralsBelow lists the paths of the session's ephemerals that begin with prefix, in ascending order; all of them when
// prefix is blank or "/". The prefix is of the text: "/a" is one of "/ab".
func (t *Tree) EphemeralsBelow(session int64, prefix string) []string {
	paths := t.Ephemerals(session)
	if trimmed := strings.TrimSpace(prefix); trimmed == "" || trimmed == rootPath {
		return paths
	}
	return slices.DeleteFunc(paths, func(path string) bool { return !strings.HasPrefix(path, prefix) })
}
