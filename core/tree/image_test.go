package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
		if tree.layers != (layers{}) {
			t.Fatal("a layer is left")
		}
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
	for i := range 3 * manyKids {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/n%d", i)})
	}
	for _, asked := range []bool{false, true} {
		if asked {
			tree.Children(rootPath)
		}
		image, want, i := tree.Capture(), saved(t, tree), 0
		checkImage(t, image, want, func() {
			path := fmt.Sprintf("/n%d", i*7%(3*manyKids))
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path + "x"})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte("other")})
			mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path + "x", Version: sdk.AnyVersion})
			i++
		})
		image.Release()
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
