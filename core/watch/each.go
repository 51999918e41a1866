package watch

import (
	"iter"
	"maps"
	"slices"
)

// Watchers is the number of those who watch something.
func (t *Table) Watchers() int { return len(t.byID) }

// Paths is the number of paths that are watched, each counted once, in however many ways it is.
func (t *Table) Paths() int { return t.paths }

// Each gives all watches until each returns false: watchers in ascending order, the watches of one in the order in which
// they were asked for. The table must not change meanwhile.
func (t *Table) Each(each func(id ID, kind Kind, path string) bool) {
	for _, id := range slices.Sorted(maps.Keys(t.byID)) {
		for kind, path := range t.Of(id) {
			if !each(id, kind, path) {
				return
			}
		}
	}
}

// Of gives the watches of id, in the order in which they were asked for. The table must not change meanwhile.
func (t *Table) Of(id ID) iter.Seq2[Kind, string] {
	return func(yield func(Kind, string) bool) {
		who := t.byID[id]
		if who == 0 {
			return
		}
		for i := t.watchers.at(who).watches.first; i != 0; {
			w := t.watches.at(i)
			place := t.places.at(w.place)
			if !yield(place.kind, place.path) {
				return
			}
			i = w.near[ofWatcher].next
		}
	}
}

// elsewhere reports whether a path is watched in a way other than kind.
func (t *Table) elsewhere(kind Kind, path string) bool {
	for i := range t.byPath {
		if Kind(i+1) != kind && t.byPath[i][path] != 0 {
			return true
		}
	}
	return false
}
