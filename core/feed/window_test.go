package feed_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// plain is a transaction of one change that costs 64 + 80 + 2 + size bytes.
func plain(zxid int64, size int) sdk.Transaction {
	return sdk.Transaction{Zxid: zxid, Changes: []sdk.Change{
		{Kind: sdk.Changed, Path: "/a", Data: make([]byte, size), Version: int32(zxid)},
	}}
}

// contents is all that a follower from the floor on gets.
func contents(t *testing.T, w *feed.Window) []sdk.Transaction {
	t.Helper()
	all := make([]sdk.Transaction, w.Len()+1)
	n, err := w.After(w.Floor(), all)
	if err != nil || n != w.Len() {
		t.Fatalf("%d of %d transactions after the floor: %v", n, w.Len(), err)
	}
	return all[:n]
}

func TestEmptyWindow(t *testing.T) {
	w := feed.New(feed.Default())
	for _, from := range []int64{0, 1, 1 << 40} {
		if n, err := w.After(from, make([]sdk.Transaction, 1)); n != 0 || err != nil {
			t.Errorf("after %d: %d, %v", from, n, err)
		}
	}
	if w.Floor() != 0 || w.Last() != 0 || w.Bytes() != 0 || w.Len() != 0 {
		t.Errorf("floor %d, last %d, %d bytes, %d transactions", w.Floor(), w.Last(), w.Bytes(), w.Len())
	}
}

func TestTrimsByBytes(t *testing.T) {
	w := feed.New(feed.Limits{Bytes: 3 * 150})
	for zxid := int64(1); zxid <= 3; zxid++ {
		w.Append(plain(zxid, 4))
	}
	if w.Floor() != 0 || w.Bytes() != 450 {
		t.Fatalf("at the bound: floor %d, %d bytes", w.Floor(), w.Bytes())
	}
	w.Append(plain(4, 5))
	if w.Floor() != 2 || w.Bytes() != 301 || w.Len() != 2 {
		t.Fatalf("one byte beyond: floor %d, %d bytes, %d transactions", w.Floor(), w.Bytes(), w.Len())
	}
}

func TestTrimsByAge(t *testing.T) {
	w := feed.New(feed.Limits{Age: time.Second})
	steps := []struct{ time, floor int64 }{
		{5000, 0}, {6000, 0}, // exactly a second apart
		{6001, 1},
		{4000, 1}, // the clock goes back: what is there is kept longer
		{6900, 1},
		{7001, 2},
		{7002, 4}, // what was young only by its clock goes with the one before it
	}
	for i, step := range steps {
		w.Append(sdk.Transaction{Zxid: int64(i + 1), Time: step.time})
		if w.Floor() != step.floor {
			t.Fatalf("after time %d: floor %d, want %d", step.time, w.Floor(), step.floor)
		}
	}
}

// TestLargeTransaction: one that alone exceeds the bound is kept until the next, and its floor tells the truth.
func TestLargeTransaction(t *testing.T) {
	w := feed.New(feed.Limits{Bytes: 200})
	w.Append(plain(7, 1))
	w.Append(plain(9, 1000))
	if got := contents(t, w); len(got) != 1 || got[0].Zxid != 9 || w.Floor() != 7 {
		t.Fatalf("floor %d, kept %v", w.Floor(), got)
	}
	w.Append(plain(10, 1))
	if got := contents(t, w); len(got) != 1 || got[0].Zxid != 10 || w.Floor() != 9 {
		t.Fatalf("floor %d, kept %v", w.Floor(), got)
	}
}

// TestBorder: around the floor nothing gets lost, a deletion as little as anything else (etcd issues 18089, 19179).
func TestBorder(t *testing.T) {
	w := feed.New(feed.Limits{Bytes: 200})
	gone := sdk.Change{Kind: sdk.Deleted, Path: "/a"}
	w.Append(plain(10, 0))
	w.Append(sdk.Transaction{Zxid: 20, Changes: []sdk.Change{gone}})
	w.Append(sdk.Transaction{Zxid: 30, Changes: []sdk.Change{gone}})

	dst := make([]sdk.Transaction, 8)
	for _, from := range []int64{0, 10, 19} {
		n, err := w.After(from, dst)
		var compacted *sdk.CompactedError
		if !errors.As(err, &compacted) || compacted.Floor != 20 || n != 0 {
			t.Errorf("after %d: %d, %v", from, n, err)
		}
	}
	for _, from := range []int64{20, 21, 29} {
		n, err := w.After(from, dst)
		if err != nil || n != 1 || dst[0].Zxid != 30 || !reflect.DeepEqual(dst[0].Changes, []sdk.Change{gone}) {
			t.Errorf("after %d: %v, %v", from, dst[:n], err)
		}
	}
	for _, from := range []int64{30, 31, 1 << 60} {
		if n, err := w.After(from, dst); n != 0 || err != nil {
			t.Errorf("after %d: %d, %v", from, n, err)
		}
	}
}

// follower reads a window now and then, a few transactions at a time.
type follower struct {
	at    int64
	batch []sdk.Transaction
}

// read takes one batch and checks it against everything that ever happened: it must be the run that comes next, and
// refused exactly when the next of that run is gone (etcd issue 17535).
func (f *follower) read(t *testing.T, w *feed.Window, history []sdk.Transaction) {
	t.Helper()
	next := 0
	for next < len(history) && history[next].Zxid <= f.at {
		next++
	}
	lost := next < len(history) && history[next].Zxid <= w.Floor()
	n, err := w.After(f.at, f.batch)
	if errors.Is(err, sdk.ErrCompacted) != lost {
		t.Fatalf("after %d with floor %d: %v", f.at, w.Floor(), err)
	}
	if lost {
		f.at = w.Floor() // and begins anew
		return
	}
	if want := min(len(f.batch), len(history)-next); n != want {
		t.Fatalf("after %d: %d transactions, want %d", f.at, n, want)
	}
	for i, got := range f.batch[:n] {
		if !reflect.DeepEqual(got, history[next+i]) {
			t.Fatalf("after %d: number %d is %v, want %v", f.at, i, got, history[next+i])
		}
		f.at = got.Zxid
	}
}

// TestFollowers plays random appends and followers of different speed: each sees a run without a gap, or is told.
func TestFollowers(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 2))
		w := feed.New(feed.Limits{Bytes: 4000, Age: time.Second})
		var history []sdk.Transaction
		followers := []*follower{
			{batch: make([]sdk.Transaction, 1)}, {batch: make([]sdk.Transaction, 3)}, {batch: make([]sdk.Transaction, 64)},
		}
		for range 1000 {
			if random.IntN(3) > 0 {
				next := someTransaction(random, w.Last())
				history = append(history, next)
				w.Append(next)
			}
			followers[random.IntN(len(followers))].read(t, w, history)
		}
		if w.Floor() == 0 {
			t.Fatal("nothing was ever trimmed")
		}
	}
}

// someTransaction comes after zxid last, at about its time.
func someTransaction(random *rand.Rand, last int64) sdk.Transaction {
	t := sdk.Transaction{Zxid: last + 1 + random.Int64N(3), Session: random.Int64N(3)}
	t.Time = t.Zxid*10 + random.Int64N(100)
	for range random.IntN(4) {
		c := sdk.Change{
			Kind: sdk.ChangeKind(1 + random.IntN(4)), Path: "/abcdef"[:2+random.IntN(6)],
			Version: random.Int32N(9) - 1, Owner: random.Int64N(2),
		}
		if c.Kind <= sdk.Changed && random.IntN(4) > 0 {
			c.Data = make([]byte, random.IntN(200))
		}
		t.Changes = append(t.Changes, c)
	}
	return t
}

func TestAppendOutOfOrderPanics(t *testing.T) {
	for _, zxid := range []int64{0, 4, 5} {
		w := feed.New(feed.Default())
		if zxid > 0 {
			w.Append(plain(5, 0))
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d after %d accepted", zxid, w.Last())
				}
			}()
			w.Append(plain(zxid, 0))
		}()
	}
}

// TestTrimmedIsCollected: the window holds on to nothing that it gave up.
func TestTrimmedIsCollected(t *testing.T) {
	w := feed.New(feed.Limits{Bytes: 1 << 20})
	var trimmed []weak.Pointer[byte]
	for zxid := int64(1); zxid <= 1000; zxid++ {
		next := plain(zxid, 1000)
		trimmed = append(trimmed, weak.Make(&next.Changes[0].Data[0]))
		w.Append(next)
	}
	w.Append(plain(1001, 1<<20))
	runtime.GC()
	for i, data := range trimmed {
		if data.Value() != nil {
			t.Fatalf("transaction %d is still held", i+1)
		}
	}
	runtime.KeepAlive(w)
}

func TestAfterAllocatesNothing(t *testing.T) {
	w := feed.New(feed.Default())
	for zxid := int64(1); zxid <= 1000; zxid++ {
		w.Append(plain(zxid, 1))
	}
	dst := make([]sdk.Transaction, 64)
	if made := testing.AllocsPerRun(100, func() { _, _ = w.After(500, dst) }); made != 0 {
		t.Errorf("%v allocations", made)
	}
}

func TestSkip(t *testing.T) {
	for path, want := range map[string]bool{
		"/grove": true, "/grove/a": true, "/grove/a/b": true, "/": false, "/groves": false, "/a/grove": false,
	} {
		if feed.Skip(path) != want {
			t.Errorf("Skip(%q) is %v", path, !want)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	w := feed.New(feed.Limits{Bytes: 1 << 20})
	next := plain(0, 100)
	for b.Loop() {
		next.Zxid++
		w.Append(next)
	}
}

func BenchmarkAfter(b *testing.B) {
	w := feed.New(feed.Limits{})
	for zxid := int64(1); zxid <= 100_000; zxid++ {
		w.Append(plain(zxid, 0))
	}
	dst := make([]sdk.Transaction, 16)
	for i := 0; b.Loop(); i++ {
		_, _ = w.After(int64(i*7919%100_000), dst)
	}
}
