package watch_test

import (
	"cmp"
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

// remove drops the watches of id on path of the kinds named and says whether there was one.
func (m *model) remove(id watch.ID, path string, kinds ...watch.Kind) bool {
	before := len(*m)
	*m = slices.DeleteFunc(*m, func(w asked) bool {
		return w.id == id && w.path == path && slices.Contains(kinds, w.kind)
	})
	return len(*m) < before
}

func (m *model) fire(c watch.Firing) (all []told) {
	tell := func(path string, event sdk.EventKind, parent bool, kinds ...watch.Kind) {
		var seen []watch.ID
		for _, kind := range kinds {
			hear := func(w asked) {
				if !slices.Contains(seen, w.id) && c.See(w.id, parent) {
					all = append(all, told{w.id, sdk.Event{Kind: event, Path: path, Zxid: c.Zxid}})
				}
				seen = append(seen, w.id)
			}
			if kind == watch.Recursive {
				m.above(path, hear)
				continue
			}
			*m = slices.DeleteFunc(*m, func(w asked) bool {
				if w.path != path || w.kind != kind {
					return false
				}
				hear(w)
				return kind != watch.Persistent
			})
		}
	}
	parent, _ := sdk.SplitPath(c.Path)
	switch c.Kind {
	case sdk.Created:
		tell(c.Path, sdk.EventCreated, false, watch.Data, watch.Persistent, watch.Recursive)
		tell(parent, sdk.EventChildrenChanged, true, watch.Child, watch.Persistent)
	case sdk.Deleted:
		tell(c.Path, sdk.EventDeleted, false, watch.Data, watch.Persistent, watch.Recursive, watch.Child)
		tell(parent, sdk.EventChildrenChanged, true, watch.Child, watch.Persistent)
	case sdk.Changed:
		tell(c.Path, sdk.EventDataChanged, false, watch.Data, watch.Persistent, watch.Recursive)
	}
	return all
}

// above has everyone hear who watches path or what lies above it recursively, the longest path first.
func (m *model) above(path string, hear func(asked)) {
	for length := len(path); length > 0; length-- {
		for _, w := range *m {
			if w.kind == watch.Recursive && len(w.path) == length && sdk.Below(path, w.path) {
				hear(w)
			}
		}
	}
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
			case 3:
				what := sdk.WatchType(random.IntN(7))
				had := table.Has(id, path, what)
				removed := table.Remove(id, path, what)
				if want := plain.remove(id, path, removable[what]...); had != want || removed != want || table.Has(id, path, what) {
					t.Fatalf("seed %d step %d: has %v, removed %v, want %v", seed, step, had, removed, want)
				}
			default:
				kind := watch.Kind(1 + random.IntN(4))
				table.Add(id, kind, path)
				plain.add(asked{id, kind, path})
			}
			compare(t, table, plain)
		}
	}
}

// removable is what each type names.
var removable = map[sdk.WatchType][]watch.Kind{
	sdk.WatchChildren:   {watch.Child},
	sdk.WatchData:       {watch.Data},
	sdk.WatchAny:        {watch.Data, watch.Child, watch.Persistent, watch.Recursive},
	sdk.WatchPersistent: {watch.Persistent},
	sdk.WatchRecursive:  {watch.Recursive},
}

func compare(t *testing.T, table *watch.Table, plain model) {
	t.Helper()
	if table.Len() != int64(len(plain)) {
		t.Fatalf("%d watches, want %d", table.Len(), len(plain))
	}
	compareLists(t, table, plain)
	for id := range watch.ID(9) {
		count, weight := 0, 0
		for _, w := range plain {
			if w.id == id {
				count++
				weight += len(w.path)
			}
		}
		if table.Watching(id) != count || table.Weight(id) != weight {
			t.Fatalf("%d watches %d of %d bytes, want %d of %d", id, table.Watching(id), table.Weight(id), count, weight)
		}
	}
}

// compareLists compares what can be listed, and the numbers of it.
func compareLists(t *testing.T, table *watch.Table, plain model) {
	t.Helper()
	var listed []asked
	for next, first := 0, true; first || next != 0; first = false {
		next = table.Some(next, 1+len(plain)/3, func(id watch.ID, kind watch.Kind, path string) {
			listed = append(listed, asked{id, kind, path})
		})
	}
	order := func(a, b asked) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.kind, b.kind), cmp.Compare(a.path, b.path))
	}
	want := slices.SortedFunc(slices.Values(plain), order)
	if slices.SortFunc(listed, order); !slices.Equal(listed, want) {
		t.Fatalf("listed %v, want %v", listed, want)
	}
	ids, paths := map[watch.ID]bool{}, map[string]bool{}
	for _, w := range plain {
		ids[w.id], paths[w.path] = true, true
	}
	if table.Watchers() != len(ids) || table.Paths() != len(paths) {
		t.Fatalf("%d watch %d paths, want %d and %d", table.Watchers(), table.Paths(), len(ids), len(paths))
	}
}

// TestListsGoOn: a table that changes while it is listed gives each watch once that is there all the while.
func TestListsGoOn(t *testing.T) {
	table, given := watch.New(), map[string]int{}
	for i := range 100 {
		table.Add(watch.ID(i%7), watch.Persistent, fmt.Sprint("/", i))
	}
	for next, round := 0, 0; round == 0 || next != 0; round++ {
		next = table.Some(next, 10, func(_ watch.ID, _ watch.Kind, path string) { given[path]++ })
		table.Remove(watch.ID(round%7), fmt.Sprint("/", round), sdk.WatchPersistent)
		table.Add(8, watch.Data, fmt.Sprint("/new/", round))
		table.Add(8, watch.Data, fmt.Sprint("/newer/", round))
	}
	for i := 20; i < 100; i++ {
		if path := fmt.Sprint("/", i); given[path] != 1 {
			t.Errorf("%s is given %d times", path, given[path])
		}
	}
}

// TestMissedIsWhatFireTells: who reads the feed afterwards learns what they would have been told, each event once.
func TestMissedIsWhatFireTells(t *testing.T) {
	paths := []string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/b/c/d"}
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var watched [2][]string // persistently, recursively
		transaction, table := sdk.Transaction{Zxid: 7}, watch.New()
		for i, kind := range []watch.Kind{watch.Persistent, watch.Recursive} {
			for range random.IntN(3) {
				path := paths[random.IntN(len(paths))]
				watched[i] = append(watched[i], path)
				table.Add(1, kind, path)
			}
		}
		var live, missed []sdk.Event
		for range 50 {
			c := sdk.Change{Kind: sdk.ChangeKind(1 + random.IntN(4)), Path: paths[random.IntN(len(paths))]}
			transaction.Changes = append(transaction.Changes, c)
			table.Fire(watch.Firing{Kind: c.Kind, Path: c.Path, Zxid: 7}, func(_ watch.ID, e *sdk.Event) { live = append(live, *e) })
		}
		watch.NewLasting(watched[0], watched[1]).Missed(&transaction, func(e sdk.Event) { missed = append(missed, e) })
		if !slices.Equal(live, missed) || len(live) == 0 && len(watched[0])+len(watched[1]) > 0 {
			t.Errorf("%v: missed %v, told %v", watched, missed, live)
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
	table.Add(1, watch.Recursive, "/a")
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

// All that is watched together has a weight, which is gone when nothing is watched any more.
func TestTotalWeight(t *testing.T) {
	table := watch.New()
	table.Add(1, watch.Data, "/abc")
	one := table.TotalWeight()
	table.Add(2, watch.Data, "/abc") // the path is there already
	if two := table.TotalWeight(); one <= len("/abc") || two-one != one-len("/abc") {
		t.Errorf("one watch weighs %d, two of one path %d", one, two)
	}
	table.Drop(1)
	table.Drop(2)
	if left := table.TotalWeight(); left != 0 {
		t.Errorf("%d are left of nothing", left)
	}
}
