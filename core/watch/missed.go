package watch

import "github.com/grove-coordination/grove/sdk"

// Lasting are the watches of one client that stay: the paths that it watches persistently, and recursively. It is made to
// look at much of the feed: a change costs as many look-ups as its path is deep, however many watches there are.
type Lasting struct {
	persistent, recursive map[string]struct{}
	shortest              int              // bytes of a path of recursive
	long                  map[int]struct{} // the lengths of those paths
}

// NewLasting makes them of lists of paths, which it keeps.
func NewLasting(persistent, recursive []string) *Lasting {
	l := &Lasting{persistent: set(persistent), recursive: set(recursive), long: make(map[int]struct{})}
	for _, path := range recursive {
		if len(l.long) == 0 || len(path) < l.shortest {
			l.shortest = len(path)
		}
		l.long[len(path)] = struct{}{}
	}
	return l
}

func set(paths []string) map[string]struct{} {
	set := make(map[string]struct{}, len(paths))
	for _, path := range paths {
		set[path] = struct{}{}
	}
	return set
}

// Missed gives emit, in order, the events of transaction t that the client would have been told: what Fire makes of each
// change in turn, with the zxid of t. It asks for no permission, which the feed does not carry.
func (l *Lasting) Missed(t *sdk.Transaction, emit func(sdk.Event)) {
	for i := range t.Changes {
		c := &t.Changes[i]
		if c.Kind == sdk.ACLChanged {
			continue
		}
		if l.watches(c.Path) {
			emit(sdk.Event{Kind: ofNode(c.Kind), Path: c.Path, Zxid: t.Zxid})
		}
		if c.Kind == sdk.Changed {
			continue
		}
		if parent, _ := sdk.SplitPath(c.Path); has(l.persistent, parent) {
			emit(sdk.Event{Kind: sdk.EventChildrenChanged, Path: parent, Zxid: t.Zxid})
		}
	}
}

// watches reports whether what becomes of a node is told. Of what lies above it only paths as long as one that is watched
// are looked up: a very deep path must not cost its length squared.
func (l *Lasting) watches(path string) bool {
	if has(l.persistent, path) {
		return true
	}
	for len(l.recursive) > 0 && path != "" && len(path) >= l.shortest {
		if _, ok := l.long[len(path)]; ok && has(l.recursive, path) {
			return true
		}
		path, _ = sdk.SplitPath(path)
	}
	return false
}

func has(set map[string]struct{}, path string) bool {
	_, ok := set[path]
	return ok
}

// ofNode is the event that a change of a node is to those who watch the node itself.
func ofNode(kind sdk.ChangeKind) sdk.EventKind {
	switch kind {
	case sdk.Created:
		return sdk.EventCreated
	case sdk.Deleted:
		return sdk.EventDeleted
	}
	return sdk.EventDataChanged
}
