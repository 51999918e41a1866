package tree

import "math"

// number names an item of a slab, from 1 on; 0 is none. It is half a pointer, and nothing to the garbage collector.
type number uint32

// pageItems is how many items lie in one piece of memory.
const pageItems = 256

// pages holds items in pieces of memory of one size: it grows without moving them, so that a pointer to one stays good,
// and a million items are a few thousand objects. Memory of items that are gone is used again, but not given back.
type pages[T any] struct {
	held []*[pageItems]T
	next number   // the first that was never used
	free []number // that are gone
}

// at is the item with that number.
func (p *pages[T]) at(n number) *T { return &p.held[n/pageItems][n%pageItems] }

// put makes room for an item, which is zero.
func (p *pages[T]) put() number {
	if last := len(p.free) - 1; last >= 0 {
		n := p.free[last]
		p.free = p.free[:last]
		return n
	}
	if p.next == math.MaxUint32 {
		panic("tree: there are no numbers left")
	}
	if p.next%pageItems == 0 {
		p.held = append(p.held, new([pageItems]T))
		p.next = max(p.next, 1)
	}
	p.next++
	return p.next - 1
}

// drop lets go of an item.
func (p *pages[T]) drop(n number) {
	var zero T
	*p.at(n) = zero
	p.free = append(p.free, n)
}
