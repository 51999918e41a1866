package tree

import (
	"maps"
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
	return slices.Sorted(maps.Keys(t.ephemerals[session]))
}

// EphemeralsBelow lists the paths of the session's ephemerals that begin with prefix, in ascending order; all of them when
// prefix is blank or "/". The prefix is of the text: "/a" is one of "/ab".
func (t *Tree) EphemeralsBelow(session int64, prefix string) []string {
	paths := t.Ephemerals(session)
	if trimmed := strings.TrimSpace(prefix); trimmed == "" || trimmed == rootPath {
		return paths
	}
	return slices.DeleteFunc(paths, func(path string) bool { return !strings.HasPrefix(path, prefix) })
}

// own enters an ephemeral under its session.
func (t *Tree) own(session int64, path string) {
	paths := t.ephemerals[session]
	if paths == nil {
		paths = map[string]struct{}{}
		t.ephemerals[session] = paths
	}
	paths[strings.Clone(path)] = struct{}{}
}

// disown is the opposite of own.
func (t *Tree) disown(session int64, path string) {
	paths := t.ephemerals[session]
	delete(paths, path)
	if len(paths) == 0 {
		delete(t.ephemerals, session)
	}
}
