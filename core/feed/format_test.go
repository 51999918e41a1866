package feed_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// small is a window that shows every field: a floor, null and empty data, a change of each kind, a transaction
// without any.
func small() *feed.Window {
	w := feed.New(feed.Limits{Bytes: 700})
	w.Append(plain(3, 1000))
	w.Append(sdk.Transaction{Zxid: 5, Time: 1700000000000, Session: -2, Changes: []sdk.Change{
		{Kind: sdk.Created, Path: "/n", Owner: -2},
		{Kind: sdk.Created, Path: "/e", Data: []byte{}},
		{Kind: sdk.Changed, Path: "/", Data: []byte("new"), Version: -1},
	}})
	w.Append(sdk.Transaction{Zxid: 6, Time: 1700000000001, Changes: []sdk.Change{
		{Kind: sdk.Deleted, Path: "/n", Version: 2},
		{Kind: sdk.ACLChanged, Path: "/ä", Version: 7},
	}})
	w.Append(sdk.Transaction{Zxid: 7})
	return w
}

func save(t testing.TB, w *feed.Window) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := w.Save(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// same compares all that can be seen of two windows.
func same(t *testing.T, a, b *feed.Window) {
	t.Helper()
	if a.Floor() != b.Floor() || a.Last() != b.Last() || a.Bytes() != b.Bytes() || a.Len() != b.Len() {
		t.Fatalf("floor %d and %d, last %d and %d, bytes %d and %d, len %d and %d",
			a.Floor(), b.Floor(), a.Last(), b.Last(), a.Bytes(), b.Bytes(), a.Len(), b.Len())
	}
	if one, other := contents(t, a), contents(t, b); !reflect.DeepEqual(one, other) {
		t.Fatalf("%v\nand\n%v", one, other)
	}
}

func TestSaveLoad(t *testing.T) {
	empty := feed.New(feed.Default())
	large := feed.New(feed.Limits{})
	for zxid := int64(1); zxid <= 2000; zxid++ {
		large.Append(plain(zxid, int(zxid)*7%9000))
	}
	for name, w := range map[string]*feed.Window{"empty": empty, "small": small(), "large": large} {
		t.Run(name, func(t *testing.T) {
			in := bytes.NewReader(append(save(t, w), "what follows"...))
			got, err := feed.Load(in, feed.Default())
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, w)
			if rest, _ := io.ReadAll(in); string(rest) != "what follows" {
				t.Errorf("%q is left in the stream", rest)
			}
		})
	}
}

// TestFormat pins the bytes: windows are read by later versions.
func TestFormat(t *testing.T) {
	w := feed.New(feed.Default())
	w.Append(sdk.Transaction{Zxid: 5, Time: 6, Session: 7, Changes: []sdk.Change{
		{Kind: sdk.Created, Path: "/a", Data: []byte("d"), Version: 8, Owner: 9},
		{Kind: sdk.Deleted, Path: "/b", Version: -1},
	}})
	want := "4746454400000001" + "0000000000000000" + "0000000000000001" +
		"0000000000000005" + "0000000000000006" + "0000000000000007" + "00000002" +
		"01" + "00000008" + "0000000000000009" + "00000002" + "00000001" + "2f61" + "64" +
		"03" + "ffffffff" + "0000000000000000" + "00000002" + "ffffffff" + "2f62"
	body, _ := hex.DecodeString(want)
	if got := save(t, w); !bytes.Equal(got, seal(body)) {
		t.Fatalf("saved as\n%x, want\n%x", got, seal(body))
	}
}

// seal appends the checksum that body should have.
func seal(body []byte) []byte {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return binary.BigEndian.AppendUint32(bytes.Clone(body), sum)
}

// TestDeterminism: one window is saved, loaded and cloned on its way, the other is not.
func TestDeterminism(t *testing.T) {
	limits := feed.Limits{Bytes: 5000, Age: time.Second}
	random := rand.New(rand.NewPCG(1, 3))
	straight, travelled := feed.New(limits), feed.New(limits)
	for step := range 1000 {
		next := someTransaction(random, straight.Last())
		straight.Append(next)
		travelled.Append(next)
		switch step % 50 {
		case 20:
			loaded, err := feed.Load(bytes.NewReader(save(t, travelled)), limits)
			if err != nil {
				t.Fatal(err)
			}
			travelled = loaded
		case 40:
			travelled = travelled.Clone()
		}
		same(t, straight, travelled)
	}
	if !bytes.Equal(save(t, straight), save(t, travelled)) {
		t.Error("saved as different bytes")
	}
}

// TestClone: a clone stays as it is while the window goes on.
func TestClone(t *testing.T) {
	w := small()
	before := save(t, w)
	clone := w.Clone()
	for zxid := int64(10); zxid < 100; zxid++ {
		w.Append(plain(zxid, 10))
	}
	if !bytes.Equal(save(t, clone), before) {
		t.Error("the clone changed with its window")
	}
}

// TestLoadMoreThanTheLimits: a window under tighter limits is what it was until the next transaction.
func TestLoadMoreThanTheLimits(t *testing.T) {
	w, err := feed.Load(bytes.NewReader(save(t, small())), feed.Limits{Bytes: 100})
	if err != nil {
		t.Fatal(err)
	}
	same(t, w, small())
	w.Append(plain(8, 0))
	if w.Len() != 1 || w.Floor() != 7 {
		t.Errorf("%d transactions after %d", w.Len(), w.Floor())
	}
}

func TestLoadRefusesDamage(t *testing.T) {
	good := save(t, small())
	for length := range good {
		if _, err := feed.Load(bytes.NewReader(good[:length]), feed.Default()); !errors.Is(err, feed.ErrCorrupt) {
			t.Fatalf("cut to %d bytes: %v", length, err)
		}
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := feed.Load(bytes.NewReader(bad), feed.Default()); !errors.Is(err, feed.ErrCorrupt) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
}

// TestLoadRefusesNonsense: a right checksum does not make it right.
func TestLoadRefusesNonsense(t *testing.T) {
	good := save(t, small())
	good = good[:len(good)-4]
	const first, change = 24, 24 + 28 // the first transaction, its first change
	for name, damage := range map[string]func(b []byte){
		"magic":              func(b []byte) { b[0] = 'X' },
		"version":            func(b []byte) { b[7] = 2 },
		"negative floor":     func(b []byte) { b[8] = 0x80 },
		"zxid at floor":      func(b []byte) { b[first+7] = 3 },
		"zxid not growing":   func(b []byte) { b[first+7] = 6 },
		"unknown kind":       func(b []byte) { b[change] = 5 },
		"no kind":            func(b []byte) { b[change] = 0 },
		"negative path":      func(b []byte) { b[change+13] = 0xff },
		"data below null":    func(b []byte) { b[change+20] = 0xfe },
		"more transactions":  func(b []byte) { b[23]++ },
		"fewer transactions": func(b []byte) { b[23]-- },
	} {
		t.Run(name, func(t *testing.T) {
			bad := bytes.Clone(good)
			damage(bad)
			if _, err := feed.Load(bytes.NewReader(seal(bad)), feed.Default()); !errors.Is(err, feed.ErrCorrupt) {
				t.Fatalf("loaded: %v", err)
			}
		})
	}
}

// TestLoadTakesNoMemoryForPromises: lengths and counts that nothing stands behind cost nothing.
func TestLoadTakesNoMemoryForPromises(t *testing.T) {
	good := save(t, small())
	for name, at := range map[string]int{"transactions": 16, "changes": 24 + 24, "path": 24 + 28 + 13, "data": 24 + 28 + 17} {
		bad := bytes.Clone(good)
		bad[at], bad[at+1], bad[at+2], bad[at+3] = 0x7f, 0xff, 0xff, 0xff
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := feed.Load(bytes.NewReader(bad), feed.Default())
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 || !errors.Is(err, feed.ErrCorrupt) {
			t.Errorf("%s: took %d bytes: %v", name, took, err)
		}
	}
}

// TestFaultsAreNotCorruption: a disk that cannot be read or written says nothing about the window.
func TestFaultsAreNotCorruption(t *testing.T) {
	fault := errors.New("disk on fire")
	in := io.MultiReader(bytes.NewReader(save(t, small())[:40]), iotest.ErrReader(fault))
	if _, err := feed.Load(in, feed.Default()); !errors.Is(err, fault) || errors.Is(err, feed.ErrCorrupt) {
		t.Errorf("read: %v", err)
	}
	if err := small().Save(broken{fault}); !errors.Is(err, fault) {
		t.Errorf("write: %v", err)
	}
}

type broken struct{ fault error }

func (b broken) Write([]byte) (int, error) { return 0, b.fault }

// FuzzLoad: any input is refused or is a window that saves to the very same bytes. Each is also tried with the right
// checksum, so that the fuzzer gets past it.
func FuzzLoad(f *testing.F) {
	for _, w := range []*feed.Window{feed.New(feed.Default()), small()} {
		saved := save(f, w)
		f.Add(saved)
		f.Add(saved[:len(saved)/2])
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		check := func(in []byte) {
			w, err := feed.Load(bytes.NewReader(in), feed.Default())
			if err != nil {
				if !errors.Is(err, feed.ErrCorrupt) {
					t.Fatalf("refused for another reason: %v", err)
				}
				return
			}
			if out := save(t, w); !bytes.HasPrefix(in, out) {
				t.Fatalf("%x\nsaves as\n%x", in, out)
			}
		}
		check(in)
		if len(in) >= 4 {
			check(seal(in[:len(in)-4]))
		}
	})
}

// TestCloneIsSavedBeside: clones of many transactions are saved while the window takes new ones and lets go of old ones,
// and two that go on apart do not meet.
func TestCloneIsSavedBeside(t *testing.T) {
	w := feed.New(feed.Limits{Bytes: 1 << 16, Age: time.Hour})
	var saving sync.WaitGroup
	var zxid int64
	for range 20 {
		for range 300 {
			zxid++
			w.Append(plain(zxid, 10))
		}
		before, clone := save(t, w), w.Clone()
		saving.Go(func() {
			if after := save(t, clone); !bytes.Equal(after, before) {
				t.Error("a clone changed with its window")
			}
			clone.Append(plain(1<<40, 10))
			if clone.Last() != 1<<40 {
				t.Error("a clone does not go on")
			}
		})
	}
	saving.Wait()
	if w.Last() != zxid {
		t.Errorf("the window ends at %d, want %d", w.Last(), zxid)
	}
}
