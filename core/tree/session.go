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
	owned := t.Owned(session)
	if len(owned) == 0 {
		return nil
	}
	paths := t.OwnedPaths(make([]string, 0, len(owned)), session, owned)
	slices.Sort(paths)
	return paths
}

// Owned is a node that was an ephemeral of a session when it was asked for.
type Owned number

// Owned lists the session's ephemerals in any order. That is quick; their paths are not, see OwnedPaths.
func (t *Tree) Owned(session int64) []Owned {
	at := t.owners.byID[session]
	if at == 0 {
		return nil
	}
	nodes := t.owners.owners.at(at).nodes
	owned := make([]Owned, 0, len(nodes))
	for node := range nodes {
		owned = append(owned, Owned(node))
	}
	return owned
}

// OwnedPaths appends to dst the paths of those nodes that are ephemerals of the session by now.
func (t *Tree) OwnedPaths(dst []string, session int64, owned []Owned) []string {
	at := t.owners.byID[session]
	if at == 0 {
		return dst
	}
	nodes := t.owners.owners.at(at).nodes
	for _, node := range owned {
		if _, ok := nodes[number(node)]; ok {
			dst = append(dst, t.path(number(node)))
		}
	}
	return dst
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
