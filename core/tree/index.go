package tree

import "hash/maphash"

// index finds children by parent and name. It is one hash table for the whole tree, cut into segments: a segment that is
// full is split in two, so that no write ever waits for more than a few hundred entries to move. It holds no pointer that
// the collector must follow but those to segments. Nobody can see the order that hashes give, so the seed may be random,
// and clients cannot choose names that collide.
type index struct {
	seed     maphash.Seed
	segments []*segment // by the highest bits of the hash; a shallow segment stands here several times
	depth    uint8      // bits that choose a segment
	later    []slot     // entries that settle is to add; nil when they are added at once
}

// segment is an open table: an entry stands at the place its hash gives it, or as soon as possible after it.
type segment struct {
	slots [segmentSlots]slot
	used  int
	depth uint8 // bits of the hash that all entries have in common
}

type slot struct {
	hash uint32
	node number
}

const (
	segmentSlots = 510 // so that a segment takes 4096 bytes
	segmentRoom  = segmentSlots * 3 / 4
)

func newIndex() index {
	return index{seed: maphash.MakeSeed(), segments: []*segment{new(segment)}}
}

// hash is the number by which a child is found.
func (x *index) hash(parent number, name string) uint32 {
	h := maphash.String(x.seed, name) ^ uint64(parent)*0x9e3779b97f4a7c15
	return uint32(h * 0xff51afd7ed558ccd >> 32)
}

func (x *index) segment(hash uint32) *segment { return x.segments[uint64(hash)<<x.depth>>32] }

// find is the entry of that hash which is the one, or 0.
func (x *index) find(hash uint32, is func(number) bool) number {
	slots := &x.segment(hash).slots
	for i := hash % segmentSlots; slots[i].node != 0; i = (i + 1) % segmentSlots {
		if slots[i].hash == hash && is(slots[i].node) {
			return slots[i].node
		}
	}
	return 0
}

// add enters a node that is not there yet.
func (x *index) add(hash uint32, n number) {
	if x.later != nil {
		x.later = append(x.later, slot{hash, n})
		return
	}
	s := x.segment(hash)
	for s.used == segmentRoom {
		x.split(s, hash)
		s = x.segment(hash)
	}
	s.add(slot{hash, n})
}

func (s *segment) add(e slot) {
	i := e.hash % segmentSlots
	for s.slots[i].node != 0 {
		i = (i + 1) % segmentSlots
	}
	s.slots[i] = e
	s.used++
}

// split moves half of a segment, in which the hash lies, to a new one.
func (x *index) split(s *segment, hash uint32) {
	if s.depth == x.depth {
		x.double()
	}
	s.depth++
	low, high := &segment{depth: s.depth}, &segment{depth: s.depth}
	for _, e := range &s.slots {
		switch {
		case e.node == 0:
		case e.hash<<(s.depth-1)>>31 == 0:
			low.add(e)
		default:
			high.add(e)
		}
	}
	span := 1 << (x.depth - s.depth) // how often each of the two stands among the segments
	first := int(uint64(hash)<<x.depth>>32) / (2 * span) * (2 * span)
	for i := range span {
		x.segments[first+i], x.segments[first+span+i] = low, high
	}
}

// hold keeps entries back, where nothing is found, until settle adds all of them: that goes segment by segment, and takes a
// fraction of the time that a million entries take which come in no order.
func (x *index) hold() { x.later = []slot{} }

// settle adds what was held back to an index that was empty then.
func (x *index) settle() {
	later := x.later
	x.later = nil
	for len(later) > segmentRoom*5/6<<x.depth && x.depth < maxDepth {
		x.depth++
	}
	x.segments = make([]*segment, 1<<x.depth)
	for i := range x.segments {
		x.segments[i] = &segment{depth: x.depth}
	}
	for _, e := range x.grouped(later) {
		x.add(e.hash, e.node)
	}
}

// grouped is a copy of the entries with those of one segment together.
func (x *index) grouped(entries []slot) []slot {
	starts := make([]int, len(x.segments)+1)
	for _, e := range entries {
		starts[uint64(e.hash)<<x.depth>>32+1]++
	}
	for i := range x.segments {
		starts[i+1] += starts[i]
	}
	grouped := make([]slot, len(entries))
	for _, e := range entries {
		at := &starts[uint64(e.hash)<<x.depth>>32]
		grouped[*at] = e
		*at++
	}
	return grouped
}

// maxDepth is enough for a thousand million nodes: only hashes that do not spread go beyond.
const maxDepth = 22

// double lets one bit more choose a segment.
func (x *index) double() {
	if x.depth == maxDepth {
		panic("tree: the hashes of children do not spread")
	}
	doubled := make([]*segment, 0, 2*len(x.segments))
	for _, s := range x.segments {
		doubled = append(doubled, s, s)
	}
	x.segments, x.depth = doubled, x.depth+1
}

// drop takes out the entry of a node. Those that had to stand further on because of it move up.
func (x *index) drop(hash uint32, n number) {
	s := x.segment(hash)
	i := hash % segmentSlots
	for s.slots[i].node != n {
		i = (i + 1) % segmentSlots
	}
	s.used--
	for next := (i + 1) % segmentSlots; s.slots[next].node != 0; next = (next + 1) % segmentSlots {
		home := s.slots[next].hash % segmentSlots
		if (next+segmentSlots-home)%segmentSlots >= (next+segmentSlots-i)%segmentSlots {
			s.slots[i] = s.slots[next]
			i = next
		}
	}
	s.slots[i] = slot{}
}
