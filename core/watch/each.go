package watch

// Watchers is the number of those who watch something.
func (t *Table) Watchers() int { return len(t.byID) }

// Paths is the number of paths that are watched, each counted once, in however many ways it is.
func (t *Table) Paths() int { return t.paths }

// Some gives watches from a place in the table on, 0 for the first, of as many places as count says, and returns where to go
// on; 0 at the end. The table must not change meanwhile, but may between two calls: each watch that is there all the while
// is given once.
func (t *Table) Some(from, count int, each func(id ID, kind Kind, path string)) (next int) {
	end := min(from+count, len(t.watches.items))
	for i := from; i < end; i++ {
		if w := &t.watches.items[i]; w.who != 0 {
			place := t.places.at(w.place)
			each(t.watchers.at(w.who).id, place.kind, place.path)
		}
	}
	if end == len(t.watches.items) || end < from {
		return 0
	}
	return end
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
