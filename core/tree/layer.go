package tree

import "slices"

// layers keeps what images need. A write leaves what it is about to change with the newest layer alone, however many images
// there are, and says since which capture it was so; an older image finds what it lacks in the layers after its own.
//
// Captures are numbered. A layer may hold what was written after several of them: there are never more than maxLayers. The
// oldest goes as a whole, when all the images go that were captured before the next began; what only images in between
// have asked for goes with it, and when the same node is written again.
type layers struct {
	oldest, newest *layer // nil while there is no image
	count          int
	captures       int64   // number of the newest
	live           []int64 // those that are not released, ascending
}

// maxLayers bounds where an image has to look for a node.
const maxLayers = 8

// layer is what was written from one capture to a later one. Of a node that was not there at some capture, images from there
// back know nothing: no number is used again while there is a layer.
type layer struct {
	first  int64  // the capture it begins with
	next   *layer // the newer one
	old    map[number]*version
	born   map[number]int64 // nodes that were not there at this capture yet
	gone   map[number][]run // nodes that left, by the one they were below, in the order in which they did
	leases map[number]lease // of those that left
}

// version is a node as it was at this capture and before, back to that of the older version.
type version struct {
	view
	capture int64
	older   *version
}

// run is some nodes that left after this capture, and before the next. A list that grows run by run is never copied.
type run struct {
	capture int64
	nodes   []number
}

const runLength = 1024

// capture numbers an image that begins now, and gives it its layer: a new one, unless nothing was written to the last.
func (l *layers) capture() (*layer, int64) {
	l.captures++
	l.live = append(l.live, l.captures)
	if l.newest == nil || !l.newest.empty() && l.count < maxLayers {
		fresh := &layer{
			first: l.captures, old: map[number]*version{}, born: map[number]int64{},
			gone: map[number][]run{}, leases: map[number]lease{},
		}
		if l.newest == nil {
			l.oldest = fresh
		} else {
			l.newest.next = fresh
		}
		l.newest = fresh
		l.count++
	}
	return l.newest, l.captures
}

func (l *layer) empty() bool { return len(l.old) == 0 && len(l.born) == 0 }

// release lets go of the image of a capture, and of the layers that no other needs. Nothing is moved.
func (l *layers) release(capture int64) {
	at, _ := slices.BinarySearch(l.live, capture)
	l.live = slices.Delete(l.live, at, at+1)
	if len(l.live) == 0 {
		*l = layers{}
		return
	}
	for next := l.oldest.next; next != nil && next.first <= l.live[0]; next = l.oldest.next {
		l.oldest = next
		l.count--
	}
}

// latest is the newest capture that an image is left of; there is one.
func (l *layers) latest() int64 { return l.live[len(l.live)-1] }

// wanted reports whether there is an image of a capture after one and up to another.
func (l *layers) wanted(after, to int64) bool {
	at, _ := slices.BinarySearch(l.live, after+1)
	return at < len(l.live) && l.live[at] <= to
}

// touch tells the images that a node is about to change.
func (l *layers) touch(t *Tree, at number) {
	if l.newest == nil {
		return
	}
	older := l.newest.old[at]
	if l.latest() <= l.newest.known(at, older) {
		return
	}
	for older != nil && !l.wanted(older.before(), older.capture) {
		older = older.older
	}
	l.newest.old[at] = &version{view: t.view(at), capture: l.captures, older: older}
}

// known is the capture up to which images find in the layer how the node was, or that it was not there.
func (l *layer) known(at number, last *version) int64 {
	if last != nil {
		return last.capture
	}
	return l.born[at]
}

// before is the newest capture that a version does not tell of; 0 when there may be none: images of an earlier layer that
// lacks the node look for the oldest version in the next.
func (v *version) before() int64 {
	if v.older != nil {
		return v.older.capture
	}
	return 0
}

// arriving tells the images that a node is about to be linked, or linked again by the write that has unlinked it.
func (l *layers) arriving(t *Tree, at number, back bool) {
	if l.newest == nil {
		return
	}
	parent := t.nodes.at(at).parent
	l.touch(t, parent)
	if back {
		l.newest.recall(parent, at)
	} else {
		l.newest.born[at] = l.captures
	}
}

// leaving tells the images that a node is about to be unlinked.
func (l *layers) leaving(t *Tree, at number) {
	if l.newest == nil {
		return
	}
	parent := t.nodes.at(at).parent
	l.touch(t, parent)
	if l.latest() <= l.newest.born[at] {
		return
	}
	l.newest.dismiss(parent, at, l.captures)
	if lease, ok := t.leases.of(at); ok {
		l.newest.leases[at] = lease
	}
}

// dismiss enters a node among those that left.
func (l *layer) dismiss(parent, at number, capture int64) {
	runs := l.gone[parent]
	if last := len(runs) - 1; last >= 0 && runs[last].capture == capture && len(runs[last].nodes) < runLength {
		runs[last].nodes = append(runs[last].nodes, at)
	} else {
		l.gone[parent] = append(runs, run{capture, []number{at}})
	}
}

// recall takes a node out again, if it was the last that left.
func (l *layer) recall(parent, at number) {
	runs := l.gone[parent]
	if len(runs) == 0 {
		return
	}
	last := &runs[len(runs)-1]
	if end := len(last.nodes) - 1; last.nodes[end] == at {
		last.nodes = last.nodes[:end]
	}
	if len(last.nodes) == 0 {
		l.gone[parent] = runs[:len(runs)-1]
	}
}

// leavers goes through the nodes that an image has below a parent and the tree has not, and possibly others: those that
// left before it was made ready, and maybe some that leave later.
type leavers struct {
	parent  number
	capture int64 // of the image
	layer   *layer
	run     int
	node    int // in the run
}

// next is the next of them, 0 when there is none.
func (i *leavers) next() number {
	for ; i.layer != nil; i.layer, i.run = i.layer.next, 0 {
		for runs := i.layer.gone[i.parent]; i.run < len(runs); i.run, i.node = i.run+1, 0 {
			if r := &runs[i.run]; r.capture >= i.capture && i.node < len(r.nodes) {
				i.node++
				return r.nodes[i.node-1]
			}
		}
	}
	return 0
}
