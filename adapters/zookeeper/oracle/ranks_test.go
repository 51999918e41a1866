//go:build oracle

package oracle

import (
	"slices"
	"testing"
)

// ranks pairs the zxids of two servers: what one counts up the other does, though not from the same number nor by the
// same steps.
type ranks struct {
	pairs [][2]int64 // of writes that succeeded; ascending on both sides
}

// same reports whether a and b can be one and the same write: both were paired before, or neither was and their
// place is the same among those that were.
func (r *ranks) same(a, b int64) bool {
	if a <= 0 || b <= 0 {
		return a == b
	}
	i, known := r.place(0, a)
	j, also := r.place(1, b)
	if i != j || known != also {
		return false
	}
	if !known {
		r.pairs = slices.Insert(r.pairs, i, [2]int64{a, b})
	}
	return true
}

// level reports whether a and b have seen the same of these writes. It is what can be asked of a reply to a read, as
// a server may count things that nobody sees.
func (r *ranks) level(a, b int64) bool {
	if a <= 0 || b <= 0 {
		return a == b
	}
	i, known := r.place(0, a)
	j, also := r.place(1, b)
	if known {
		i++
	}
	if also {
		j++
	}
	return i == j
}

// back is the zxid of one side, 0 and 1 being the beginning and the end of time, others as many writes back.
func (r *ranks) back(side, n int) int64 {
	switch {
	case n == 0 || n-1 > len(r.pairs):
		return 0
	case n == 1:
		return 1<<63 - 1
	}
	return r.pairs[len(r.pairs)-n+1][side]
}

func (r *ranks) place(side int, zxid int64) (int, bool) {
	return slices.BinarySearchFunc(r.pairs, zxid, func(pair [2]int64, zxid int64) int {
		switch {
		case pair[side] < zxid:
			return -1
		case pair[side] > zxid:
			return 1
		}
		return 0
	})
}

func TestRanks(t *testing.T) {
	var r ranks
	for _, try := range []struct {
		a, b int64
		same bool
	}{{1, 100, true}, {3, 300, true}, {1, 100, true}, {1, 101, false}, {2, 100, false}, {2, 301, false}, {2, 200, true}, {0, 0, true}, {-1, 5, false}} {
		if got := r.same(try.a, try.b); got != try.same {
			t.Errorf("%d and %d: same %v", try.a, try.b, got)
		}
	}
	for _, try := range []struct {
		a, b  int64
		level bool
	}{{3, 300, true}, {9, 900, true}, {3, 299, false}, {2, 250, true}} {
		if got := r.level(try.a, try.b); got != try.level {
			t.Errorf("%d and %d: level %v", try.a, try.b, got)
		}
	}
}
