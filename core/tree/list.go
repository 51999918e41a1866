package tree

import (
	"slices"
	"strings"
)

// list is the names of a node's children in ascending order, made when somebody asks for them. Children that come and go
// afterwards are noted beside it, and the next who asks gets a new list made of both: that is a copy, where to gather and
// sort all of them again takes ten times as long.
type list struct {
	names   []string // never changed
	spent   int      // names that have left since all of them were copied into one piece of memory
	changes []arrival
	pending bool // the names are being gathered: only the changes are there
}

// arrival is a child that has come, or gone.
type arrival struct {
	name string
	gone bool
}

// missing reports whether there are no names.
func (l *list) missing() bool { return l == nil || l.pending }

// note takes down a change; ok is false when there are so many that a new list is no dearer.
func (l *list) note(name string, gone bool) (ok bool) {
	l.changes = append(l.changes, arrival{name, gone})
	return l.pending || len(l.changes) <= 16+len(l.names)/4
}

// order makes a list of the children of a family. It has the names in memory of its own, so that a list that is held for
// long holds no block.
func (t *Tree) order(f *family) *list {
	names := make([]string, 0, f.children)
	for at := f.first; at != 0; at = t.nodes.at(at).next {
		names = append(names, t.name(t.nodes.at(at)))
	}
	slices.Sort(names)
	return &list{names: owned(names)}
}

// merge makes a list, with room for so many names, of what has become of the children with some of the changes, the
// earliest. It may be done while more of them are noted.
func (l *list) merge(changes []arrival, room int64) *list {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b arrival) int { return strings.Compare(a.name, b.name) })
	merged := &list{names: make([]string, 0, room), spent: l.spent}
	rest := l.names
	for i, c := range changes {
		if i+1 < len(changes) && changes[i+1].name == c.name {
			continue // the last word counts
		}
		at, found := slices.BinarySearch(rest, c.name)
		merged.names = append(merged.names, rest[:at]...)
		if found {
			at++
			merged.spent++
		}
		if rest = rest[at:]; !c.gone {
			merged.names = append(merged.names, strings.Clone(c.name))
		}
	}
	merged.names = append(merged.names, rest...)
	if merged.spent > 64+len(merged.names) {
		merged.names, merged.spent = owned(merged.names), 0
	}
	return merged
}

// fewChanges are as many as are cheaper to patch in than to merge.
const fewChanges = 16

// patch brings a few changes into a list that nobody else has yet, without copying it.
func (l *list) patch(changes []arrival) {
	for _, c := range changes {
		at, found := slices.BinarySearch(l.names, c.name)
		switch {
		case c.gone && found:
			l.names = slices.Delete(l.names, at, at+1)
			l.spent++
		case !c.gone && !found:
			l.names = slices.Insert(l.names, at, strings.Clone(c.name))
		}
	}
}

// owned copies names into one piece of memory, in place of where they were.
func owned(names []string) []string {
	size := 0
	for _, name := range names {
		size += len(name)
	}
	text := make([]byte, 0, size)
	for i, name := range names {
		text = append(text, name...)
		names[i] = lent(text[len(text)-len(name):])
	}
	return names
}
