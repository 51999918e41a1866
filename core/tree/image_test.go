package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// intruder changes the tree whenever somebody takes the lock.
type intruder struct {
	write func()
	times int
}

func (i *intruder) Lock() {
	i.times++
	i.write()
}

func (i *intruder) Unlock() {}

// TestImageStandsStill saves images while random writes of every kind go on between any two nodes that are read: each is
// the tree as it was when it was captured.
func TestImageStandsStill(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		tree, zxid := New(), int64(0)
		write := func() {
			for range r.IntN(4) {
				zxid++
				randomWrite(r, tree, zxid)
				tree.Children(randomOp(r).Path) // lists that are held are those of the tree, not of the image
			}
		}
		for range 300 {
			write()
		}
		first, want := tree.Capture(), saved(t, tree)
		for range int(seed) {
			write()
		}
		second, wantSecond := tree.Capture(), saved(t, tree)
		checkImage(t, first, want, write)
		first.Release()
		first.Release()
		checkImage(t, second, wantSecond, write)
		second.Release()
		checkFamilies(t, tree)
		if tree.layers.oldest != nil {
			t.Fatal("a layer is left")
		}
	}
}

// TestManyImages captures images between random writes, walks and saves them in pieces while writes go on, and releases
// them in no order: each is the tree as it was when it was captured, at every path.
func TestManyImages(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 10))
		tree, zxid := New(), int64(0)
		write := func() {
			for range r.IntN(4) {
				zxid++
				randomWrite(r, tree, zxid)
			}
		}
		var held []copied
		for range 150 {
			write()
			switch at := r.IntN(max(len(held), 1)); {
			case len(held) < 2 || len(held) < 6 && r.IntN(3) == 0:
				held = append(held, copied{tree.Capture(), saved(t, tree), deepCopy(tree, rootPath)})
			case r.IntN(2) == 0:
				checkImage(t, held[at].image, held[at].saved, write)
			case r.IntN(2) == 0:
				checkWalk(t, r, &held[at], write)
			default:
				held[at].image.Release()
				held = slices.Delete(held, at, at+1)
			}
		}
		for i := range held {
			checkWalk(t, r, &held[i], write)
			held[i].image.Release()
		}
		if tree.layers.oldest != nil {
			t.Fatal("a layer is left")
		}
		tree.EndSession(Stamp{}, 9, nil) // a write, after which nobody wants what went
		tree.bury(len(tree.limbo))
		checkFamilies(t, tree)
		checkBlocks(t, tree)
	}
}

// copied is an image, and what the tree was when it was captured.
type copied struct {
	image *Image
	saved []byte
	nodes []Node
}

// deepCopy lists what there is at a path and below it by reading the tree.
func deepCopy(tree *Tree, path string) []Node {
	data, acl, stat, ok := tree.Get(path)
	if !ok {
		return nil
	}
	nodes := []Node{{Path: path, Data: data, ACL: acl, Stat: stat}}
	for _, name := range tree.Children(path) {
		nodes = append(nodes, deepCopy(tree, sdk.JoinPath(path, name))...)
	}
	return nodes
}

// checkWalk walks an image from a random path on, a few nodes at a time.
func checkWalk(t *testing.T, r *rand.Rand, c *copied, write func()) {
	t.Helper()
	path := rootPath
	if len(c.nodes) > 0 && r.IntN(2) == 0 {
		path = c.nodes[r.IntN(len(c.nodes))].Path
	}
	if r.IntN(8) == 0 {
		path = randomOp(r).Path
	}
	var want, got []Node
	for _, n := range c.nodes {
		if sdk.Below(n.Path, path) {
			want = append(want, n)
		}
	}
	walk := c.image.Walk(path, &intruder{write: write})
	for dst := make([]Node, 1+r.IntN(3)); ; {
		n := walk.Next(dst)
		if n == 0 {
			break
		}
		got = append(got, dst[:n]...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("walk from %s:\n got %+v\nwant %+v", path, got, want)
	}
}

func checkImage(t *testing.T, image *Image, want []byte, write func()) {
	t.Helper()
	lock := intruder{write: write}
	image.ahead = 1
	var got bytes.Buffer
	if err := image.Save(&got, &lock); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Fatal("the image is not the tree as it was captured")
	}
	if int64(lock.times) < image.count {
		t.Fatalf("the lock was taken %d times for %d nodes", lock.times, image.count)
	}
}

// TestImageOfManyChildren is about a node whose names are too many to be sorted under the lock, while they change.
func TestImageOfManyChildren(t *testing.T) {
	tree := New()
	for i := range 3 * gatherOne {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%d", i)})
	}
	for _, asked := range []bool{false, true} {
		if asked {
			tree.Children(rootPath)
		}
		image, want, i := tree.Capture(), saved(t, tree), 0
		checkImage(t, image, want, func() {
			path := fmt.Sprintf("/n%d", i*7%(3*gatherOne))
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path + "x"})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte("other")})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path + "x", Version: sdk.AnyVersion})
			i++
		})
		checkLeft(t, image)
		image.Release()
	}
}

// checkLeft finds a child that has left, and does not find one that came later.
func checkLeft(t *testing.T, image *Image) {
	t.Helper()
	for path, want := range map[string]int{"/n0": 1, "/n0/x": 0, "/n0x": 0, "/none": 0} {
		walk := image.Walk(path, unlocked{})
		if got := walk.Next(make([]Node, 10)); got != want {
			t.Errorf("%d nodes at %s, want %d", got, path, want)
		}
	}
}

// TestImageBesideWrites is for the race detector: the lock is what core has.
func TestImageBesideWrites(t *testing.T) {
	tree, r := grown(t), rand.New(rand.NewPCG(1, 1))
	var lock sync.RWMutex
	image, want := tree.Capture(), saved(t, tree)
	image.ahead = 1
	var got bytes.Buffer
	done := make(chan error)
	go func() { done <- image.Save(&got, lock.RLocker()) }()
	for zxid := int64(1000); ; zxid++ {
		select {
		case err := <-done:
			if err != nil || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("the image is not the tree as it was captured: %v", err)
			}
			return
		default:
			lock.Lock()
			randomWrite(r, tree, zxid)
			lock.Unlock()
		}
	}
}

func TestImageTellsTheErrorOfItsWriter(t *testing.T) {
	fault := errors.New("fault of the disk")
	if err := New().Capture().Save(faultyWriter{fault}, &intruder{write: func() {}}); err != fault {
		t.Errorf("save: %v", err)
	}
}

// stopwatch is a lock that remembers for how long it was held at most.
type stopwatch struct {
	since   time.Time
	longest time.Duration
}

func (s *stopwatch) Lock()   { s.since = time.Now() }
func (s *stopwatch) Unlock() { s.longest = max(s.longest, time.Since(s.since)) }

// BenchmarkImage tells how long a writer waits at most while an image is saved.
func BenchmarkImage(b *testing.B) {
	tree, _ := wide(b, 100_000)
	var lock stopwatch
	for b.Loop() {
		image := tree.Capture()
		if err := image.Save(io.Discard, &lock); err != nil {
			b.Fatal(err)
		}
		image.Release()
	}
	b.ReportMetric(float64(lock.longest.Nanoseconds()), "longest-ns")
}

// BenchmarkWriteUnderImages is what a write costs while a hundred images are held.
func BenchmarkWriteUnderImages(b *testing.B) {
	tree, paths := wide(b, 100_000)
	for i := range 100 {
		tree.Capture()
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: paths[i], Version: sdk.AnyVersion})
	}
	var effects []Effect
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op := sdk.Op{Kind: sdk.OpSetData, Path: paths[i*7919%len(paths)], Version: sdk.AnyVersion}
		_, _, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0])
	}
}
