package watch

// watch is one watch: a member of two lists, that of its place and that of its watcher.
type watch struct {
	pair
	near [2]neighbours // on the thread of its place, of its watcher
}

// neighbours are the watches before and after on one thread.
type neighbours struct{ prev, next uint32 }

// thread tells the two lists apart.
type thread int

const (
	ofPlace thread = iota
	ofWatcher
)

// list is the ends of one thread of watches, in the order in which they were added.
type list struct{ first, last uint32 }

// link appends watch i to l.
func (t *Table) link(l *list, along thread, i uint32) {
	t.watches.at(i).near[along] = neighbours{prev: l.last}
	if l.last == 0 {
		l.first = i
	} else {
		t.watches.at(l.last).near[along].next = i
	}
	l.last = i
}

// unlink takes watch i out of l.
func (t *Table) unlink(l *list, along thread, i uint32) {
	n := t.watches.at(i).near[along]
	if n.prev == 0 {
		l.first = n.next
	} else {
		t.watches.at(n.prev).near[along].next = n.next
	}
	if n.next == 0 {
		l.last = n.prev
	} else {
		t.watches.at(n.next).near[along].prev = n.prev
	}
}
