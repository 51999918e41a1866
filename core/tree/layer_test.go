package tree

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// rewrite gives all of some nodes other data.
func rewrite(t testing.TB, tree *Tree, paths []string) {
	t.Helper()
	for _, path := range paths {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: path, Version: sdk.AnyVersion})
	}
}

// populated is a tree of n nodes below the root, and their paths.
func populated(t testing.TB, n int) (*Tree, []string) {
	t.Helper()
	tree, paths := New(), make([]string, n)
	for i := range paths {
		paths[i] = fmt.Sprintf("/n%07d", i)
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: paths[i]})
	}
	return tree, paths
}

// TestReleaseMovesNothing releases images before older ones go, and counts allocations: what they held is not merged.
func TestReleaseMovesNothing(t *testing.T) {
	const images = 6
	tree, paths := populated(t, images*1000)
	tree.Capture()
	rewrite(t, tree, paths[:1])
	var newer []*Image
	for part := range slices.Chunk(paths, 1000) {
		newer = append(newer, tree.Capture())
		rewrite(t, tree, part)
	}
	if n := testing.AllocsPerRun(images-2, func() {
		newer[0].Release()
		newer = newer[1:]
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestImagesThatComeAndGoBesideAnOlderOne leave neither layers nor versions without bound.
func TestImagesThatComeAndGoBesideAnOlderOne(t *testing.T) {
	tree, paths := populated(t, 3)
	oldest, want := tree.Capture(), saved(t, tree)
	for range 20 * maxLayers {
		image := tree.Capture()
		rewrite(t, tree, paths)
		image.Release()
		rewrite(t, tree, paths)
	}
	layers, versions := 0, 0
	for l := tree.layers.oldest; l != nil; l = l.next {
		layers++
		for _, v := range l.old {
			for ; v != nil; v = v.older {
				versions++
			}
		}
	}
	if layers != maxLayers || versions > len(paths)*(maxLayers+2) {
		t.Errorf("%d layers with %d versions of %d nodes", layers, versions, len(paths))
	}
	checkImage(t, oldest, want, func() { rewrite(t, tree, paths) })
	if oldest.Release(); tree.layers.oldest != nil {
		t.Error("a layer is left")
	}
}

// TestImageOfManyThatLeft: those that an image has and the tree has no more are gathered a few at a time too, and looked for
// so.
func TestImageOfManyThatLeft(t *testing.T) {
	const n = 5 * gatherOne
	tree, paths := populated(t, n)
	image, want := tree.Capture(), saved(t, tree)
	for _, path := range paths {
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	}
	for name, look := range map[string]func(Locker){
		"names": func(lock Locker) { image.names(tree.root, lock) },
		"walk":  func(lock Locker) { image.Walk("/none", lock) },
		"found": func(lock Locker) { image.Walk(paths[n-1], lock) },
	} {
		var lock intruder
		lock.write = func() {}
		if look(&lock); lock.times < n/gatherOne {
			t.Errorf("%s: the lock was taken %d times for %d nodes", name, lock.times, n)
		}
	}
	checkImage(t, image, want, func() {})
}

// TestImageStopsWithItsWriter counts how often the lock is taken when nothing can be written.
func TestImageStopsWithItsWriter(t *testing.T) {
	tree, _ := populated(t, 10_000)
	var lock intruder
	lock.write = func() {}
	image := tree.Capture()
	image.ahead = maxChunk
	if err := image.Save(faultyWriter{io.ErrClosedPipe}, &lock); err != io.ErrClosedPipe {
		t.Error(err)
	}
	whole := lock.times
	if image.Save(io.Discard, &lock); lock.times-whole < whole+3 {
		t.Errorf("the lock was taken %d times for nothing, and %d times for all", whole, lock.times-whole)
	}
}

// BenchmarkRelease tells how long a writer waits while an image is released beside an older one, when a million nodes have
// changed since.
func BenchmarkRelease(b *testing.B) {
	tree, paths := populated(b, 1_000_000)
	tree.Capture()
	rewrite(b, tree, paths[:1])
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		image := tree.Capture()
		rewrite(b, tree, paths)
		b.StartTimer()
		start := time.Now()
		image.Release()
		took = max(took, time.Since(start))
	}
	b.ReportMetric(float64(took.Nanoseconds()), "longest-ns")
}

// BenchmarkImageOfManyThatLeft tells how long a writer waits at most while an image is saved of which the tree has a million
// nodes no more.
func BenchmarkImageOfManyThatLeft(b *testing.B) {
	tree, paths := populated(b, 1_000_000)
	image := tree.Capture()
	for _, path := range paths {
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	}
	var lock stopwatch
	for b.Loop() {
		if err := image.Save(io.Discard, &lock); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lock.longest.Nanoseconds()), "longest-ns")
}
