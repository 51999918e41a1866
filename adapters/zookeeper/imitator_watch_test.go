package zookeeper_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// expectEvents compares what came, without zxids: as kind and path.
func expectEvents(t *testing.T, got []sdk.Event, want ...string) {
	t.Helper()
	var words []string
	for _, e := range got {
		words = append(words, fmt.Sprintf("%v %s", e.Kind, e.Path))
	}
	if !slices.Equal(words, want) {
		t.Errorf("events %q, want %q", words, want)
	}
}

// Who comes back with setWatches is told what happened to each kind of watch, in the words of that kind; other sessions
// are told nothing, and what happened before relativeZxid is known already.
func TestImitator06SetWatches(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c, other := connected(t, address), connected(t, address)
	for _, path := range []string{"/changed", "/same", "/gone", "/parent", "/idle"} {
		c.create(path, sdk.ModePersistent)
		for _, kind := range []sdk.OpKind{sdk.OpGetData, sdk.OpGetChildren} {
			other.must(sdk.OK, sdk.Op{Kind: kind, Path: path, Watch: true})
		}
	}
	lists := sdk.Watches{
		Data: []string{"/changed", "/same", "/gone"}, Exist: []string{"/new", "/same", "/never"}, Child: []string{"/parent", "/gone", "/idle"},
		RelativeZxid: c.must(sdk.OK, sdk.Op{Kind: sdk.OpDelete, Path: "/gone", Version: 0}).Zxid - 1,
	}
	c.set("/changed", "x")
	c.create("/new", sdk.ModePersistent)
	c.create("/parent/child", sdk.ModePersistent)
	other.events()

	_, events := c.do(100, sdk.Op{Kind: sdk.OpSetWatches, Watches: &lists})
	expectEvents(t, events, "NodeDataChanged /changed", "NodeDeleted /gone", "NodeCreated /new", "NodeCreated /same",
		"NodeChildrenChanged /parent", "NodeDeleted /gone")
	expectEvents(t, other.events())
	lists.RelativeZxid, lists.Data, lists.Child, lists.Exist = math.MaxInt64, []string{"/changed"}, []string{"/parent"}, nil
	_, events = c.do(101, sdk.Op{Kind: sdk.OpSetWatches, Watches: &lists})
	expectEvents(t, events)
	other.set("/changed", "y")
	other.set("/same", "y")
	other.remove("/parent/child")
	expectEvents(t, c.events(), "NodeDataChanged /changed", "NodeDataChanged /same", "NodeChildrenChanged /parent")
}

// Nobody sees a change before the event of a watch on it, the writer itself included.
func TestImitator08EventBeforeReply(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	writer, reader := connected(t, address), connected(t, address)
	writer.create("/a", sdk.ModePersistent)
	for round := range 200 {
		data := strconv.Itoa(round)
		reader.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: "/a", Watch: true})
		writer.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: "/a", Watch: true})
		writer.ask(1, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte(data), Version: sdk.AnyVersion})
		for told := false; ; {
			reply, events := reader.do(2, sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
			told = told || len(events) > 0
			if new := string(reply.Result.Data) == data; new != told {
				t.Fatalf("round %d: the new data is there: %t, the event came: %t", round, new, told)
			}
			if told {
				break
			}
		}
		_, events := writer.reply(1, sdk.OpSetData)
		expectEvents(t, events, "NodeDataChanged /a")
	}
}

// A multi that fails fires nothing; one that succeeds fires all of it in order, with one zxid.
func TestImitator18MultiFiresAtItsEnd(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c, watcher := connected(t, address), connected(t, address)
	watcher.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive})
	ops := []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()}, {Kind: sdk.OpCreate, Path: "/a/b", ACL: sdk.OpenACL()},
		{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion}, {Kind: sdk.OpDelete, Path: "/none", Version: sdk.AnyVersion},
	}
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpMulti, Ops: ops})
	c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
	expectEvents(t, watcher.events())
	zxid := c.must(sdk.OK, sdk.Op{Kind: sdk.OpMulti, Ops: ops[:3]}).Zxid
	events := watcher.events()
	expectEvents(t, events, "NodeCreated /a", "NodeCreated /a/b", "NodeDataChanged /a")
	for _, e := range events {
		if e.Zxid != zxid {
			t.Errorf("%+v of the multi %d", e, zxid)
		}
	}
}

// Recursive watches are told of the nodes themselves and never of lists of children; where watches overlap there is one
// event.
func TestImitator24OneEvent(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c, deep, both := connected(t, address), connected(t, address), connected(t, address)
	c.create("/p", sdk.ModePersistent)
	for _, watcher := range []*client{deep, both} {
		watcher.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/p", Type: sdk.WatchRecursive})
	}
	both.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/p", Type: sdk.WatchPersistent})
	both.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: "/p", Watch: true})
	both.must(sdk.OK, sdk.Op{Kind: sdk.OpGetChildren, Path: "/p", Watch: true})
	c.create("/p/a", sdk.ModePersistent)
	c.remove("/p/a")
	c.set("/p", "x")
	c.remove("/p")
	expectEvents(t, deep.events(), "NodeCreated /p/a", "NodeDeleted /p/a", "NodeDataChanged /p", "NodeDeleted /p")
	expectEvents(t, both.events(), "NodeCreated /p/a", "NodeChildrenChanged /p", "NodeDeleted /p/a", "NodeChildrenChanged /p",
		"NodeDataChanged /p", "NodeDeleted /p")
}
