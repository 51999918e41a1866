package watch

import "math"

// slab keeps items in one piece of memory and names them by number, which is smaller than a pointer and nothing to
// the garbage collector. Number 0 stands for none. Numbers of dropped items are used again.
type slab[T any] struct {
	items []T // the first is never used
	free  []uint32
}

// put stores item and returns its number.
func (s *slab[T]) put(item T) uint32 {
	if last := len(s.free) - 1; last >= 0 {
		i := s.free[last]
		s.free = s.free[:last]
		s.items[i] = item
		return i
	}
	if len(s.items) == 0 {
		s.items = make([]T, 1)
	}
	if len(s.items) == math.MaxUint32 {
		panic("watch: the table is full")
	}
	s.items = append(s.items, item)
	return uint32(len(s.items) - 1)
}

// at points at item i until the next put.
func (s *slab[T]) at(i uint32) *T { return &s.items[i] }

// drop forgets item i and whatever it refers to.
func (s *slab[T]) drop(i uint32) {
	var zero T
	s.items[i] = zero
	s.free = append(s.free, i)
}
