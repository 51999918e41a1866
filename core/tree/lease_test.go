package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// allSweepable is all that should go at a time, in ascending order.
func allSweepable(tree *Tree, now int64) (all []string) {
	for next := -1; next != 0; {
		var paths []string
		paths, next = tree.Sweepable(now, max(next, 0), sweepLooks)
		all = append(all, paths...)
	}
	slices.Sort(all)
	return all
}

// brief makes a node that should go at once.
func brief(t testing.TB, tree *Tree, path string) {
	t.Helper()
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreateTTL, Path: path, Mode: sdk.ModeTTL, TTL: 1})
}

// TestSweepableLooksAtAFew counts places: whoever waits for the tree waits for so many at most, due or not.
func TestSweepableLooksAtAFew(t *testing.T) {
	tree := New()
	for i := range 2*sweepLooks + 100 {
		brief(t, tree, fmt.Sprintf("/n%05d", i))
	}
	for now, due := range map[int64]bool{0: false, 100: true} {
		calls, listed, next := 0, 0, 0
		for ; calls == 0 || next != 0; calls++ {
			from := next
			var paths []string
			if paths, next = tree.Sweepable(now, from, sweepLooks); next > from+sweepLooks {
				t.Fatalf("looked from %d to %d", from, next)
			}
			listed += len(paths)
		}
		if want := 2*sweepLooks + 100; due && listed != want || !due && listed != 0 || calls < 3 {
			t.Errorf("at %d, %d of %d are listed in %d calls", now, listed, want, calls)
		}
	}
}

func TestSweepableListsAFew(t *testing.T) {
	tree := New()
	long := strings.Repeat("x", sweepText/3)
	for i := range 10 {
		brief(t, tree, fmt.Sprintf("/%s%d", long, i))
	}
	for limit, want := range map[int]int{2: 2, 3: 3, 10: 3} {
		if paths, next := tree.Sweepable(100, 0, limit); len(paths) != want || next == 0 {
			t.Errorf("of long paths, with a limit of %d, %d are listed, want %d; the next is %d", limit, len(paths), want, next)
		}
	}
	if all := allSweepable(tree, 100); len(all) != 10 {
		t.Errorf("%d in all", len(all))
	}
}

// TestSweepableWhileLeasesChange: what is due from the beginning of a look to its end is listed once, whatever comes and
// goes meanwhile.
func TestSweepableWhileLeasesChange(t *testing.T) {
	for seed := range uint64(20) {
		r, tree := rand.New(rand.NewPCG(seed, 12)), New()
		for i := range 300 {
			brief(t, tree, fmt.Sprintf("/stays%d", i))
			brief(t, tree, fmt.Sprintf("/goes%d", i))
		}
		seen := map[string]int{}
		for calls, next := 0, 0; calls == 0 || next != 0; calls++ {
			var paths []string
			paths, next = tree.Sweepable(100, next, 1+r.IntN(20))
			for _, path := range paths {
				seen[path]++
			}
			for range 20 {
				path := fmt.Sprintf("/goes%d", r.IntN(300))
				if _, swept := tree.Sweep(Stamp{Time: 100}, path, nil); !swept {
					brief(t, tree, path)
				}
			}
		}
		for i := range 300 {
			if path := fmt.Sprintf("/stays%d", i); seen[path] != 1 {
				t.Fatalf("%s was listed %d times", path, seen[path])
			}
		}
		checkLeases(t, tree)
	}
}

// checkLeases holds the table against itself.
func checkLeases(t *testing.T, tree *Tree) {
	t.Helper()
	places := 0
	for i := number(1); i < tree.leases.places.next; i++ {
		if l := tree.leases.places.at(i); l.node != 0 {
			places++
			if tree.leases.byNode[l.node] != i {
				t.Errorf("place %d is of node %d, which is at %d", i, l.node, tree.leases.byNode[l.node])
			}
		}
	}
	if places != len(tree.leases.byNode) {
		t.Errorf("%d places are taken, for %d nodes", places, len(tree.leases.byNode))
	}
}

// BenchmarkSweepable tells for how long a writer waits at most while a million nodes with a time to live are looked
// through, and how long all of it takes.
func BenchmarkSweepable(b *testing.B) {
	tree := New()
	for i := range 1_000_000 {
		brief(b, tree, fmt.Sprintf("/node-%d", i))
	}
	for name, now := range map[string]int64{"none due": 0, "all due": 100} {
		b.Run(name, func(b *testing.B) {
			var lock stopwatch
			for b.Loop() {
				for calls, next := 0, 0; calls == 0 || next != 0; calls++ {
					lock.Lock()
					_, next = tree.Sweepable(now, next, 256)
					lock.Unlock()
				}
			}
			b.ReportMetric(float64(lock.longest.Nanoseconds()), "longest-ns")
		})
	}
}
