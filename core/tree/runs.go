package tree

import (
	"container/heap"
	"slices"
	"strings"
)

// kid is a child that was gathered. Its name is in a block of records, and good without the lock.
type kid struct {
	name string
	at   number
}

// runs are the children of a node as they were gathered, some at a time, in no order. They are put in order some at a time
// too: however many there are, nothing that is done here takes long, and no slice of pointers is long: where the garbage
// collector is at work, to grow one is a pause for all.
type runs struct {
	heap byFirst // each run in ascending order of names
	last number  // the child that was taken last
}

// add takes over children that come in no order.
func (r *runs) add(run []kid) {
	if len(run) > 0 {
		slices.SortFunc(run, func(a, b kid) int { return strings.Compare(a.name, b.name) })
		heap.Push(&r.heap, run)
	}
}

// left reports whether there is something to take.
func (r *runs) left() bool { return len(r.heap) > 0 }

// take gives the children that come next, in ascending order, each once, though one may have been added twice. They may be
// put in room, which is given back.
func (r *runs) take(room []kid) (next, back []kid) {
	if room == nil && len(r.heap) > 1 {
		room = make([]kid, gatherOne)
	}
	if len(r.heap) == 1 {
		next = heap.Pop(&r.heap).([]kid)
	} else {
		next = r.merge(room[:0])
	}
	next = slices.CompactFunc(next, func(a, b kid) bool { return a.at == b.at })
	if len(next) > 0 && next[0].at == r.last {
		next = next[1:]
	}
	if len(next) > 0 {
		r.last = next[len(next)-1].at
	}
	return next, room
}

// merge fills dst from the runs.
func (r *runs) merge(dst []kid) []kid {
	for len(dst) < cap(dst) && len(r.heap) > 0 {
		first := &r.heap[0]
		dst = append(dst, (*first)[0])
		if *first = (*first)[1:]; len(*first) > 0 {
			heap.Fix(&r.heap, 0)
		} else {
			heap.Pop(&r.heap)
		}
	}
	return dst
}

// byFirst is a heap of runs, none of them empty: the one with the least child is the first.
type byFirst [][]kid

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (h byFirst) Len() int           { return len(h) }
func (h byFirst) Less(i, j int) bool { return h[i][0].name < h[j][0].name }
func (h byFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byFirst) Push(run any)      { *h = append(*h, run.([]kid)) }

func (h *byFirst) Pop() any {
	last := len(*h) - 1
	run := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return run
}
