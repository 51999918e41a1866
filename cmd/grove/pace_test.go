package main

import "testing"

// A small heap may double; a large one that is hardly scanned gets little headroom, one that is all pointers half.
func TestHeadroom(t *testing.T) {
	for _, test := range []struct{ live, scan, percent uint64 }{
		{0, 0, 100}, {1 << 20, 1 << 20, 100}, {320 << 20, 0, 16}, {320 << 20, 320 << 20, 66}, {32 << 30, 0, 6}, {1 << 60, 0, 6},
	} {
		if got := headroom(test.live, test.scan); got != test.percent {
			t.Errorf("%d live, %d to scan: %d %%, want %d", test.live, test.scan, got, test.percent)
		}
	}
}
