package zookeeper_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// The tests of the imitator_*_test.go files are 25 things that implementations of ZooKeeper's protocol get wrong. All of
// them go over the wire, to nodes as they are.

// tamed is a client of a node of its own.
func tamed(t *testing.T) *client {
	t.Helper()
	return connected(t, serving(t, core.Config{}, zookeeper.Config{}))
}

func (c *client) stat(path string) sdk.Stat {
	c.t.Helper()
	return c.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: path}).Result.Stat
}

func (c *client) set(path, data string) sdk.Message {
	c.t.Helper()
	return c.must(sdk.OK, sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(data), Version: sdk.AnyVersion})
}

func (c *client) remove(path string) sdk.Message {
	c.t.Helper()
	return c.must(sdk.OK, sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
}

// Cversion counts creations and deletions of children, and nothing else.
func TestImitator01Cversion(t *testing.T) {
	c := tamed(t)
	c.create("/p", sdk.ModePersistent)
	for i, act := range []func(){
		func() { c.create("/p/a", sdk.ModePersistent) }, func() { c.create("/p/b", sdk.ModePersistent) }, func() { c.remove("/p/a") },
	} {
		act()
		c.set("/p", "x") // the node itself
		if got := c.stat("/p").Cversion; int(got) != i+1 {
			t.Errorf("after %d changes of children cversion is %d", i+1, got)
		}
	}
	before := c.stat("/p")
	c.set("/p/b", "x")
	if after := c.stat("/p"); after != before {
		t.Errorf("setData of a child makes %+v of %+v", after, before)
	}
}

// Pzxid moves when a child is deleted, also by the end of its session.
func TestImitator02Pzxid(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c, owner := connected(t, address), connected(t, address)
	made := c.create("/p", sdk.ModePersistent)
	c.create("/p/a", sdk.ModePersistent)
	owner.create("/p/e", sdk.ModeEphemeral)
	if zxid := c.remove("/p/a").Zxid; c.stat(made).Pzxid != zxid {
		t.Errorf("deleted at %d, pzxid %d", zxid, c.stat(made).Pzxid)
	}
	zxid := owner.must(sdk.OK, sdk.Op{Kind: sdk.OpCloseSession}).Zxid
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpSync, Path: "/"})
	if stat := c.stat(made); stat.Pzxid != zxid || stat.NumChildren != 0 {
		t.Errorf("its session ended at %d: %+v", zxid, stat)
	}
}

// The suffix of a sequential node is the number of children made before, whatever their kind and whether they are there.
func TestImitator03SequenceSuffix(t *testing.T) {
	c := tamed(t)
	c.create("/p", sdk.ModePersistent)
	c.create("/p/a", sdk.ModePersistent)
	c.remove("/p/a")
	if got := c.create("/p/b-", sdk.ModePersistentSequential); got != "/p/b-0000000001" {
		t.Errorf("the second child is %s", got)
	}
	failed := c.must(sdk.OK, sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/p/c-", ACL: sdk.OpenACL(), Mode: sdk.ModePersistentSequential}, {Kind: sdk.OpDelete, Path: "/none"},
	}})
	if failed.Result.Multi[0].Kind != sdk.OpError {
		t.Fatalf("got %+v", failed.Result.Multi)
	}
	if got := c.create("/p/d-", sdk.ModeEphemeralSequential); got != "/p/d-0000000002" {
		t.Errorf("after a multi that failed the third child is %s", got)
	}
	for _, path := range []string{"/p/b-0000000001", "/p/d-0000000002", "/p"} {
		c.remove(path)
	}
	c.create("/p", sdk.ModePersistent)
	if got := c.create("/p/", sdk.ModePersistentSequential); got != "/p/0000000000" {
		t.Errorf("the first child of a new parent is %s", got)
	}
}

// No data and empty data are two things, vectors may be null, and children are a set.
func TestImitator15NullAndEmpty(t *testing.T) {
	c := tamed(t)
	for path, data := range map[string][]byte{"/null": nil, "/empty": {}} {
		c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, ACL: sdk.OpenACL()})
		got := c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: path})
		if (got.Result.Data == nil) != (data == nil) || got.Result.Stat.DataLength != 0 {
			t.Errorf("%s reads as %#v", path, got.Result)
		}
	}
	nulls := bytes.Repeat([]byte{0xff}, 12)
	c.write(slices.Concat([]byte{0, 0, 0, 28, 0xff, 0xff, 0xff, 0xf8, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 0}, nulls)) // setWatches
	c.expectAnswer(wire.XidSetWatches, sdk.OK)
	c.write(slices.Concat([]byte{0, 0, 0, 26, 0, 0, 0, 99, 0, 0, 0, 1, 0, 0, 0, 2, '/', 'x'}, nulls[:8], []byte{0, 0, 0, 0})) // create
	c.expectAnswer(99, sdk.CodeInvalidACL)
	children := c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetChildren, Path: "/"}).Result.Children
	if slices.Sort(children); !slices.Equal(children, []string{"empty", "null", "zookeeper"}) {
		t.Errorf("children %q", children)
	}
}
