package tree

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestIndexAgainstModel adds and drops entries at random, many of which share a hash or meet at the end of a segment.
func TestIndexAgainstModel(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		x, model, last := newIndex(), map[number]uint32{}, number(0)
		for range 20_000 {
			if r.IntN(100) < 55 {
				last++
				model[last] = randomHash(r)
				x.add(model[last], last)
				continue
			}
			for n, hash := range model {
				x.drop(hash, n)
				delete(model, n)
				if found := x.find(hash, func(at number) bool { return at == n }); found != 0 {
					t.Fatalf("seed %d: %d is found after it was dropped", seed, n)
				}
				break
			}
		}
		for n, hash := range model {
			if found := x.find(hash, func(at number) bool { return at == n }); found != n {
				t.Fatalf("seed %d: %d of hash %#x is not found", seed, n, hash)
			}
		}
		checkSegments(t, &x, len(model))
	}
}

// randomHash is one of a few, or lies close before the end of a segment, or is any.
func randomHash(r *rand.Rand) uint32 {
	switch r.IntN(50) {
	case 0:
		return uint32(r.IntN(3)) << 30
	case 1:
		return r.Uint32()/segmentSlots*segmentSlots - 1 - uint32(r.IntN(3))
	}
	return r.Uint32()
}

// checkSegments counts the entries that the segments say they have, and looks at where they stand.
func checkSegments(t *testing.T, x *index, want int) {
	t.Helper()
	seen, used := map[*segment]bool{}, 0
	for i, s := range x.segments {
		if !seen[s] {
			seen[s] = true
			used += s.used
		}
		for _, e := range &s.slots {
			if e.node != 0 && x.segments[i] != x.segment(e.hash) && s.depth == x.depth {
				t.Fatalf("hash %#x stands in segment %d", e.hash, i)
			}
		}
	}
	if used != want {
		t.Errorf("%d entries are counted, want %d", used, want)
	}
	if len(seen) < 4 {
		t.Errorf("%d segments: nothing was split", len(seen))
	}
}

// TestSettledIndexIsAsGood holds entries back, of all numbers and of many hashes that meet.
func TestSettledIndexIsAsGood(t *testing.T) {
	for _, count := range []int{0, 1, segmentRoom, segmentRoom + 1, 20_000} {
		r, x, hashes := rand.New(rand.NewPCG(3, 3)), newIndex(), []uint32{0}
		x.hold()
		for n := range count {
			hashes = append(hashes, randomHash(r))
			x.add(hashes[n+1], number(n+1))
		}
		x.settle()
		x.add(7, number(count+1))
		for n, hash := range append(hashes, 7)[1:] {
			if x.find(hash, func(at number) bool { return at == number(n+1) }) == 0 {
				t.Fatalf("%d of %d is not found", n+1, count)
			}
		}
	}
}

// TestSegmentsFitTheirMemory: the allocator has a size that a segment fills.
func TestSegmentsFitTheirMemory(t *testing.T) {
	if size := unsafe.Sizeof(segment{}); size != 4096 {
		t.Errorf("a segment takes %d bytes", size)
	}
}

func TestHashesThatDoNotSpreadPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a segment with one hash only was split for ever")
		}
	}()
	x := newIndex()
	for n := range number(segmentRoom + 1) {
		x.add(7, n+1)
	}
}
