package watch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// TestStories plays testdata, each file on a table of its own:
//
//	watch                       asks for watches, each line below it being: id, kind, path
//	fire kind=K path=P zxid=N   tells a change to all but those who may not read the node (blind=(N,…)) or its
//	                            parent (blind-parent=(N,…))
//	drop id=N                   loses a connection
//	remove id=N path=P type=T   ends watches by a client's wish
//	has id=N path=P type=T      asks for watches
//	missed kind=K path=P zxid=N what a watch missed of a transaction, each line below it being a change: kind, path
//	catch-up list=L since=N     decides one entry of setWatches; without mzxid=N pzxid=N the node is gone
//
// Every command but catch-up and missed ends with what is left of the table.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, file string) {
		table := watch.New()
		datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			switch d.Cmd {
			case "watch":
				add(t, d, table)
			case "fire":
				fire(t, d, table, &out)
			case "drop":
				table.Drop(watch.ID(number(t, d, "id")))
			case "remove":
				fmt.Fprintln(&out, table.Remove(watch.ID(number(t, d, "id")), word(t, d, "path"), types[word(t, d, "type")]))
			case "has":
				fmt.Fprintln(&out, table.Has(watch.ID(number(t, d, "id")), word(t, d, "path"), types[word(t, d, "type")]))
			case "catch-up":
				return catchUp(t, d)
			case "missed":
				return missed(t, d)
			default:
				t.Fatalf("unknown command %q", d.Cmd)
			}
			fmt.Fprintf(&out, "%d left", table.Len())
			return out.String()
		})
	})
}

var (
	kinds = map[string]watch.Kind{
		"data": watch.Data, "child": watch.Child, "persistent": watch.Persistent, "recursive": watch.Recursive,
	}
	types = map[string]sdk.WatchType{
		"children": sdk.WatchChildren, "data": sdk.WatchData, "any": sdk.WatchAny,
		"persistent": sdk.WatchPersistent, "recursive": sdk.WatchRecursive, "none": 0, "unknown": 6,
	}
	lists = map[string]watch.List{
		"data": watch.DataList, "exist": watch.ExistList, "child": watch.ChildList,
		"persistent": watch.PersistentList, "recursive": watch.RecursiveList,
	}
	changes = map[string]sdk.ChangeKind{
		"created": sdk.Created, "changed": sdk.Changed, "deleted": sdk.Deleted, "acl": sdk.ACLChanged,
	}
)

func add(t *testing.T, d *datadriven.TestData, table *watch.Table) {
	for line := range strings.Lines(d.Input) {
		var id watch.ID
		var kind, path string
		if _, err := fmt.Sscan(line, &id, &kind, &path); err != nil {
			t.Fatalf("%s: %q: %v", d.Pos, line, err)
		}
		table.Add(id, kinds[kind], path)
	}
}

func fire(t *testing.T, d *datadriven.TestData, table *watch.Table, out *strings.Builder) {
	blind := map[bool]map[watch.ID]bool{false: ids(t, d, "blind"), true: ids(t, d, "blind-parent")}
	table.Fire(watch.Firing{
		Kind: changes[word(t, d, "kind")],
		Path: word(t, d, "path"),
		Zxid: int64(number(t, d, "zxid")),
		See:  func(id watch.ID, parent bool) bool { return !blind[parent][id] },
	}, func(id watch.ID, e *sdk.Event) {
		fmt.Fprintf(out, "%d: %v %s zxid=%d\n", id, e.Kind, e.Path, e.Zxid)
	})
}

func catchUp(t *testing.T, d *datadriven.TestData) string {
	list := lists[word(t, d, "list")]
	exists := d.HasArg("mzxid")
	var stat sdk.Stat
	if exists {
		stat = sdk.Stat{Mzxid: int64(number(t, d, "mzxid")), Pzxid: int64(number(t, d, "pzxid"))}
	}
	if kind, missed := watch.CatchUp(list, stat, exists, int64(number(t, d, "since"))); missed {
		return kind.String()
	}
	for name, kind := range kinds {
		if kind == list.Kind() {
			return "watch " + name
		}
	}
	return "?"
}

func missed(t *testing.T, d *datadriven.TestData) string {
	transaction := sdk.Transaction{Zxid: int64(number(t, d, "zxid"))}
	for line := range strings.Lines(d.Input) {
		kind, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		transaction.Changes = append(transaction.Changes, sdk.Change{Kind: changes[kind], Path: path})
	}
	var out strings.Builder
	lasting(kinds[word(t, d, "kind")], word(t, d, "path")).Missed(&transaction, func(e sdk.Event) {
		fmt.Fprintf(&out, "%v %s zxid=%d\n", e.Kind, e.Path, e.Zxid)
	})
	return out.String()
}

// lasting is one watch that stays.
func lasting(kind watch.Kind, path string) *watch.Lasting {
	if kind == watch.Recursive {
		return watch.NewLasting(nil, []string{path})
	}
	return watch.NewLasting([]string{path}, nil)
}

func word(t *testing.T, d *datadriven.TestData, key string) (s string) {
	d.ScanArgs(t, key, &s)
	return s
}

func number(t *testing.T, d *datadriven.TestData, key string) (n int) {
	d.ScanArgs(t, key, &n)
	return n
}

func ids(t *testing.T, d *datadriven.TestData, key string) map[watch.ID]bool {
	set := map[watch.ID]bool{}
	if arg, ok := d.Arg(key); ok {
		for i := range arg.Vals {
			var n int
			arg.Scan(t, i, &n)
			set[watch.ID(n)] = true
		}
	}
	return set
}
