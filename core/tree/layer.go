package tree

import "maps"

// layers keeps what images need, from the oldest image that is not released to the newest. A write leaves what it is about
// to change with the newest layer alone, however many there are; an older image finds what it lacks in the layers after
// its own.
type layers struct{ oldest, newest *layer }

// layer is what was written between one capture and the next. Of a node that was not there at the beginning of a layer,
// images from there back know nothing: no number is used again while there is a layer.
type layer struct {
	images int    // captured at its beginning and not released
	next   *layer // the newer one
	old    map[number]*view
	born   map[number]struct{}            // nodes that were not there
	gone   map[number]map[number]struct{} // nodes that left, by the one they were below
	leases map[number]lease               // of those that left
}

// capture is the layer of an image that begins now: a new one, unless nothing was written since the last.
func (l *layers) capture() *layer {
	if l.newest == nil || !l.newest.empty() {
		fresh := &layer{
			old: map[number]*view{}, born: map[number]struct{}{},
			gone: map[number]map[number]struct{}{}, leases: map[number]lease{},
		}
		if l.newest == nil {
			l.oldest = fresh
		} else {
			l.newest.next = fresh
		}
		l.newest = fresh
	}
	l.newest.images++
	return l.newest
}

func (l *layer) empty() bool { return len(l.old) == 0 && len(l.born) == 0 }

// release lets go of one image of a layer. With its last one, what it holds goes to the layer before it, if there is one:
// that takes time in proportion to what was written while it was the newest.
func (l *layers) release(gone *layer) {
	if gone.images--; gone.images > 0 {
		return
	}
	if gone == l.oldest {
		l.oldest = gone.next
	} else {
		before := l.oldest
		for before.next != gone {
			before = before.next
		}
		before.absorb(gone)
		before.next = gone.next
		if l.newest == gone {
			l.newest = before
		}
	}
	if l.oldest == nil {
		l.newest = nil
	}
}

// absorb takes over what the next layer holds. What it has itself is older, and stays.
func (l *layer) absorb(next *layer) {
	for at, old := range next.old {
		if _, born := l.born[at]; !born && l.old[at] == nil {
			l.old[at] = old
		}
	}
	for parent, gone := range next.gone {
		maps.Copy(l.below(parent), gone)
	}
	maps.Copy(l.leases, next.leases)
	maps.Copy(l.born, next.born)
}

// below is the set of those that left from below a node.
func (l *layer) below(parent number) map[number]struct{} {
	if l.gone[parent] == nil {
		l.gone[parent] = map[number]struct{}{}
	}
	return l.gone[parent]
}

// touch tells the images that a node is about to change.
func (l *layers) touch(t *Tree, at number) {
	if l.newest != nil {
		l.newest.keep(t, at)
	}
}

// arriving tells the images that a node is about to be linked.
func (l *layers) arriving(t *Tree, at number) {
	if l.newest == nil {
		return
	}
	parent := t.nodes.at(at).parent
	l.newest.keep(t, parent)
	if _, back := l.newest.gone[parent][at]; back {
		delete(l.newest.gone[parent], at)
	} else {
		l.newest.born[at] = struct{}{}
	}
}

// leaving tells the images that a node is about to be unlinked.
func (l *layers) leaving(t *Tree, at number) {
	if l.newest == nil {
		return
	}
	parent := t.nodes.at(at).parent
	l.newest.keep(t, parent)
	if _, born := l.newest.born[at]; born {
		return
	}
	l.newest.below(parent)[at] = struct{}{}
	if lease, ok := t.leases.of(at); ok {
		l.newest.leases[at] = lease
	}
}

// keep has a node as it was before its first change in this layer.
func (l *layer) keep(t *Tree, at number) {
	if _, born := l.born[at]; born || l.old[at] != nil {
		return
	}
	v := t.view(at)
	l.old[at] = &v
}
