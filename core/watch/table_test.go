package watch_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// told is one delivery, as the model and the table both report it.
type told struct {
	id    watch.ID
	event sdk.Event
}

// model is the table written down as plainly as the rules read: a list of watches in the order they were asked for.
type model []asked

type asked struct {
	id   watch.ID
	kind watch.Kind
	path string
}

func (m *model) add(w asked) {
	if !slices.Contains(*m, w) {
		*m = append(*m, w)
	}
}

func (m *model) fire(c watch.Firing) (all []told) {
	tell := func(path string, event sdk.EventKind, parent bool, kinds ...watch.Kind) {
		var seen []watch.ID
		for _, kind := range kinds {
			*m = slices.DeleteFunc(*m, func(w asked) bool {
				if w.path != path || w.kind != kind {
					return false
				}
				if !slices.Contains(seen, w.id) && c.See(w.id, parent) {
					all = append(all, told{w.id, sdk.Event{Kind: event, Path: path, Zxid: c.Zxid}})
				}
				seen = append(seen, w.id)
				return true
			})
		}
	}
	parent, _ := sdk.SplitPath(c.Path)
	switch c.Kind {
	case sdk.Created:
		tell(c.Path, sdk.EventCreated, false, watch.Data)
		tell(parent, sdk.EventChildrenChanged, true, watch.Child)
	case sdk.Deleted:
		tell(c.Path, sdk.EventDeleted, false, watch.Data, watch.Child)
		tell(parent, sdk.EventChildrenChanged, true, watch.Child)
	case sdk.Changed:
		tell(c.Path, sdk.EventDataChanged, false, watch.Data)
	}
	return all
}

// TestTableAgainstModel plays random calls on the table and on the model and compares all that can be seen.
func TestTableAgainstModel(t *testing.T) {
	paths := []string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/b"}
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		table, plain := watch.New(), model{}
		for step := range 2000 {
			id, path := watch.ID(random.IntN(9)), paths[random.IntN(len(paths))]
			switch random.IntN(10) {
			case 0:
				table.Drop(id)
				plain = slices.DeleteFunc(plain, func(w asked) bool { return w.id == id })
			case 1, 2:
				c := watch.Firing{
					Kind: sdk.ChangeKind(1 + random.IntN(4)), Path: path, Zxid: int64(step),
					See: func(id watch.ID, parent bool) bool { return parent == (id%3 != 1) || id%3 == 0 },
				}
				var got []told
				table.Fire(c, func(id watch.ID, e *sdk.Event) { got = append(got, told{id, *e}) })
				if want := plain.fire(c); !slices.Equal(got, want) {
					t.Fatalf("seed %d step %d: %v %s told\n%v, want\n%v", seed, step, c.Kind, path, got, want)
				}
			default:
				kind := watch.Kind(1 + random.IntN(2))
				table.Add(id, kind, path)
				plain.add(asked{id, kind, path})
			}
			compare(t, table, plain)
		}
	}
}

func compare(t *testing.T, table *watch.Table, plain model) {
	t.Helper()
	if table.Len() != int64(len(plain)) {
		t.Fatalf("%d watches, want %d", table.Len(), len(plain))
	}
	for id := range watch.ID(9) {
		want := 0
		for _, w := range plain {
			if w.id == id {
				want++
			}
		}
		if got := table.Watching(id); got != want {
			t.Fatalf("%d watches %d, want %d", id, got, want)
		}
	}
}

// TestAddKeepsItsOwnPath: the path is only lent, as it may lie in a buffer that is read into again.
func TestAddKeepsItsOwnPath(t *testing.T) {
	table := watch.New()
	buffer := []byte("/a")
	table.Add(1, watch.Data, unsafe.String(&buffer[0], len(buffer)))
	copy(buffer, "/b")
	var got string
	table.Fire(watch.Firing{Kind: sdk.Changed, Path: "/a"}, func(_ watch.ID, e *sdk.Event) { got = e.Path })
	if got != "/a" {
		t.Fatalf("told %q of a change of /a", got)
	}
}

// TestFireSharesOneEvent: ten thousand watchers cost one event, not ten thousand.
func TestFireSharesOneEvent(t *testing.T) {
	table := watch.New()
	table.Add(0, watch.Child, "/elsewhere") // keeps the table from giving its memory back
	crowd(table, 10_000, "/a")
	table.Fire(watch.Firing{Kind: sdk.Deleted, Path: "/a"}, func(watch.ID, *sdk.Event) {})
	crowd(table, 10_000, "/a")

	events := make([]*sdk.Event, 0, 10_000)
	deliver := func(_ watch.ID, e *sdk.Event) { events = append(events, e) }
	made := mallocs(func() { table.Fire(watch.Firing{Kind: sdk.Deleted, Path: "/a"}, deliver) })
	if told, distinct := len(events), len(slices.Compact(events)); told != 10_000 || distinct != 1 {
		t.Fatalf("%d told, of %d events", told, distinct)
	}
	if made > 10 { // the event, and what little the runtime does by the way
		t.Errorf("telling 10,000 watchers allocated %d times", made)
	}
}

// TestFireUnwatchedAllocatesNothing: this is what nearly every write meets.
func TestFireUnwatchedAllocatesNothing(t *testing.T) {
	table := watch.New()
	table.Add(1, watch.Data, "/a")
	if made := testing.AllocsPerRun(100, func() {
		table.Fire(watch.Firing{Kind: sdk.Created, Path: "/b/c"}, func(watch.ID, *sdk.Event) { t.Error("told") })
	}); made != 0 {
		t.Errorf("%v allocations", made)
	}
}

// TestEmptiedTableLetsGo: what a burst of watches took is given back when they are gone.
func TestEmptiedTableLetsGo(t *testing.T) {
	table := watch.New()
	before := heap()
	for i := range 100_000 {
		table.Add(1, watch.Data, fmt.Sprintf("/some/where/%06d", i))
	}
	full := heap() - before
	table.Drop(1)
	if left := heap() - before; left > full/10 {
		t.Errorf("%d bytes left of %d", left, full)
	}
	t.Logf("%d bytes for each watch", full/100_000)
	runtime.KeepAlive(table)
}

// crowd makes n watchers watch path.
func crowd(table *watch.Table, n int, path string) {
	for id := range watch.ID(n) {
		table.Add(id+1, watch.Data, path)
	}
}

func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
