package watch

import "github.com/grove-coordination/grove/sdk"

// Has reports whether id watches exactly path in one of the ways that what names.
func (t *Table) Has(id ID, path string, what sdk.WatchType) bool {
	for _, kind := range named(what) {
		if t.find(id, kind, path) != 0 {
			return true
		}
	}
	return false
}

// Remove ends the watches of id on exactly path that what names, and reports whether there was one. Nobody is told.
func (t *Table) Remove(id ID, path string, what sdk.WatchType) bool {
	had := false
	for _, kind := range named(what) {
		if i := t.find(id, kind, path); i != 0 {
			t.forget(i)
			had = true
		}
	}
	t.release()
	return had
}

// find is the number of a watch, 0 for none.
func (t *Table) find(id ID, kind Kind, path string) uint32 {
	return t.held[pair{t.byPath[kind-1][path], t.byID[id]}]
}

// named is the kinds of watch that a type names, none for a type that ZooKeeper does not have.
func named(what sdk.WatchType) []Kind {
	switch what {
	case sdk.WatchChildren:
		return []Kind{Child}
	case sdk.WatchData:
		return []Kind{Data}
	case sdk.WatchPersistent:
		return []Kind{Persistent}
	case sdk.WatchRecursive:
		return []Kind{Recursive}
	case sdk.WatchAny:
		return []Kind{Data, Child, Persistent, Recursive}
	}
	return nil
}
