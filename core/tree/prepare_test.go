package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// crowded is a tree whose root has more children than are listed in one go.
func crowded(t testing.TB) *Tree {
	tree := New()
	for i := range 2 * longList {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%d", i)})
	}
	return tree
}

// flip creates or deletes one of the children of crowded.
func flip(t testing.TB, r *rand.Rand, tree *Tree) {
	path := fmt.Sprintf("/n%d", r.IntN(3*longList))
	if tree.find(path) == 0 {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path})
	} else {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	}
}

// TestPrepareWhileChildrenChange: what is prepared while children come and go is the list as it is in the end, and it is
// not gathered in one go.
func TestPrepareWhileChildrenChange(t *testing.T) {
	for seed := range uint64(5) {
		r, tree := rand.New(rand.NewPCG(seed, 3)), crowded(t)
		if tree.Ready(rootPath) || !tree.Ready(systemPath) || !tree.Ready("/none") {
			t.Fatal("what is ready is not, or the other way round")
		}
		var lock intruder
		lock.write = func() {
			if seed%2 > 0 && lock.times > 3 && r.IntN(3) == 0 {
				tree.Children(rootPath) // one who does not ask whether it is ready
			}
			for range 50 {
				flip(t, r, tree)
			}
		}
		tree.Prepare(rootPath, &lock, &lock)
		if !tree.Ready(rootPath) || tree.layers.oldest != nil {
			t.Fatal("it is not ready, or an image is left")
		}
		if lock.times < 2*longList/gatherOne {
			t.Errorf("the lock was taken %d times", lock.times)
		}
		f := tree.families.at(tree.nodes.at(tree.root).family)
		if held := f.sorted.Load(); len(held.names) == 0 || len(held.changes) == 0 {
			t.Errorf("%d names and %d changes were held", len(held.names), len(held.changes))
		}
		if got, want := tree.Children(rootPath), tree.order(f).names; !slices.Equal(got, want) {
			t.Fatalf("%d names, want %d", len(got), len(want))
		}
	}
}

// TestPrepareWhatGoes: the node may be deleted meanwhile, and somebody may read it.
func TestPrepareWhatGoes(t *testing.T) {
	tree, times := New(), 0
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a"})
	for i := range longList {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/a/%d", i)})
	}
	tree.Prepare("/a", unlocked{}, &intruder{write: func() {
		if times++; times == 2 {
			if got := tree.Children("/a"); len(got) != longList {
				t.Errorf("a reader saw %d children", len(got))
			}
			removeAll(t, tree, "/a")
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: "/a", Version: sdk.AnyVersion})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a"})
		}
	}})
	if got := tree.Children("/a"); times < 2 || len(got) != 0 {
		t.Errorf("after %d stretches a new node has children %q", times, got)
	}
	checkFamilies(t, tree)
}

// TestPrepareBesideWrites is for the race detector.
func TestPrepareBesideWrites(t *testing.T) {
	tree, r := crowded(t), rand.New(rand.NewPCG(4, 4))
	var lock sync.RWMutex
	done := make(chan struct{})
	go func() {
		defer close(done)
		tree.Prepare(rootPath, &lock, lock.RLocker())
	}()
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
			lock.Lock()
			flip(t, r, tree)
			lock.Unlock()
		}
	}
	checkFamilies(t, tree)
}

// BenchmarkPrepare tells how long a writer waits at most while the names of 100,000 children are made ready.
func BenchmarkPrepare(b *testing.B) {
	tree := New()
	for i := range 100_000 {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%d", i)})
	}
	var lock stopwatch
	f := tree.families.at(tree.nodes.at(tree.root).family)
	for b.Loop() {
		f.sorted.Store(nil)
		tree.Prepare(rootPath, &lock, &lock)
	}
	b.ReportMetric(float64(lock.longest.Nanoseconds()), "longest-ns")
}
