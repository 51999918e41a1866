package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

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
		f := tree.families.at(tree.nodes.at(tree.root).family)
		if f.sorted.Load().missing() || tree.layers.oldest != nil {
			t.Fatal("there is no list, or an image is left")
		}
		if lock.times < 2*longList/gatherOne {
			t.Errorf("the lock was taken %d times", lock.times)
		}
		if held := f.sorted.Load(); len(held.names) == 0 || len(held.changes) == 0 {
			t.Errorf("%d names and %d changes were held", len(held.names), len(held.changes))
		}
		if got, want := tree.Children(rootPath), tree.order(f).names; !slices.Equal(got, want) {
			t.Fatalf("%d names, want %d", len(got), len(want))
		}
	}
}

// TestPrepareOfAListThatChanged: it is merged before it is read, and a read after that copies nothing.
func TestPrepareOfAListThatChanged(t *testing.T) {
	r, tree := rand.New(rand.NewPCG(5, 5)), crowded(t)
	tree.Children(rootPath)
	for range 100 {
		flip(t, r, tree)
	}
	if tree.Ready(rootPath) {
		t.Fatal("it is ready though children came and went")
	}
	tree.Prepare(rootPath, forbidden{t}, unlocked{})
	if n := testing.AllocsPerRun(1, func() { tree.Children(rootPath) }); n != 0 || !tree.Ready(rootPath) {
		t.Errorf("%v allocations", n)
	}
	checkFamilies(t, tree)
}

// TestPrepareWhereChildrenNeverRest comes to its end, and what it has made is right.
func TestPrepareWhereChildrenNeverRest(t *testing.T) {
	for seed := range uint64(20) {
		r, tree := rand.New(rand.NewPCG(seed, 6)), crowded(t)
		first := tree.Children(rootPath)
		lock := intruder{write: func() {
			for range 1 + seed {
				flip(t, r, tree)
			}
		}}
		want := 3 + maxPatches
		if 1+seed > fewChanges {
			want = 3
		}
		if tree.Prepare(rootPath, forbidden{t}, &lock); lock.times != want {
			t.Errorf("the lock was taken %d times, want %d", lock.times, want)
		}
		held := tree.families.at(tree.nodes.at(tree.root).family).sorted.Load()
		if len(held.changes) != int(1+seed) || &held.names[0] == &first[0] || cap(held.names) > len(held.names) {
			t.Errorf("%d changes are still to come", len(held.changes))
		}
		checkFamilies(t, tree)
	}
}

// forbidden is a lock that is not to be taken.
type forbidden struct{ t *testing.T }

func (f forbidden) Lock()   { f.t.Error("nobody had to be kept out") }
func (f forbidden) Unlock() {}

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
		for range 5 {
			tree.Prepare(rootPath, &lock, lock.RLocker())
			lock.RLock()
			tree.Children(rootPath)
			lock.RUnlock()
		}
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

// BenchmarkPrepareOfAListThatChanged tells how long a writer waits at most while 100,000 names, of which one is new, are
// made ready and read.
func BenchmarkPrepareOfAListThatChanged(b *testing.B) {
	tree := New()
	for i := range 100_000 {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%d", i)})
	}
	tree.Children(rootPath)
	var held time.Duration
	for b.Loop() {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: "/n7777", Version: sdk.AnyVersion})
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/n7777"})
		var lock stopwatch
		tree.Prepare(rootPath, &lock, &lock)
		lock.Lock()
		tree.Children(rootPath)
		lock.Unlock()
		held += lock.longest
	}
	b.ReportMetric(float64(held.Nanoseconds())/float64(b.N), "held-ns/op")
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
