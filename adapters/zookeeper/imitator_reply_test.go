package zookeeper_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// An error has no body; a multi that failed has header 0 and every operation's code twice.
func TestImitator07ErrorsOnTheWire(t *testing.T) {
	c := tamed(t)
	for i, op := range []sdk.Op{{Kind: sdk.OpGetData, Path: "/none"}, {Kind: sdk.OpDelete, Path: "/none"}, {Kind: sdk.OpCreate, Path: "/"}} {
		c.ask(int32(i), op)
		if h, body := c.answer(); h.Code == sdk.OK || len(body) != 0 {
			t.Errorf("%v: %+v, %x", op.Kind, h, body)
		}
	}
	c.ask(7, sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()}, {Kind: sdk.OpDelete, Path: "/none"}, {Kind: sdk.OpCheck, Path: "/"},
	}})
	h, body := c.answer()
	var want []byte
	for _, code := range []sdk.Code{sdk.OK, sdk.CodeNoNode, sdk.CodeRuntimeInconsistency} {
		want = binary.BigEndian.AppendUint32(want, 0xffffffff)
		want = append(want, 0)
		want = binary.BigEndian.AppendUint32(want, uint32(code))
		want = binary.BigEndian.AppendUint32(want, uint32(code))
	}
	want = append(want, 0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff)
	if h.Code != sdk.OK || string(body) != string(want) {
		t.Errorf("got %+v\n%x, want\n%x", h, body, want)
	}
}

// Containers and nodes with a time to live are answered with path and Stat, addWatch with an error record, and sync
// whether the path is there or not.
func TestImitator20Bodies(t *testing.T) {
	c := tamed(t)
	const stat = 68
	for i, test := range []struct {
		op   sdk.Op
		size int // of the body
	}{
		{sdk.Op{Kind: sdk.OpCreate, Path: "/a"}, 4 + 2},
		{sdk.Op{Kind: sdk.OpCreate2, Path: "/b"}, 4 + 2 + stat},
		{sdk.Op{Kind: sdk.OpCreateContainer, Path: "/c", Mode: sdk.ModeContainer}, 4 + 2 + stat},
		{sdk.Op{Kind: sdk.OpCreateTTL, Path: "/d", Mode: sdk.ModeTTL, TTL: 1e6}, 4 + 2 + stat},
		{sdk.Op{Kind: sdk.OpAddWatch, Path: "/none", Type: sdk.WatchRecursive}, 4},
		{sdk.Op{Kind: sdk.OpSync, Path: "/none"}, 4 + 5},
		{sdk.Op{Kind: sdk.OpRemoveWatches, Path: "/none", Type: sdk.WatchAny}, 0},
		{sdk.Op{Kind: sdk.OpSetACL, Path: "/a", Version: sdk.AnyVersion}, stat},
	} {
		if test.op.ACL = sdk.OpenACL(); test.op.Kind == sdk.OpSync {
			test.op.ACL = nil
		}
		c.ask(int32(i), test.op)
		if h, body := c.answer(); h.Code != sdk.OK || len(body) != test.size {
			t.Errorf("%v: %v with %d bytes, want %d", test.op.Kind, h.Code, len(body), test.size)
		}
	}
}

// Lists of permissions: none is no list, what nobody knows spoils it, addresses count, and exists asks too.
func TestImitator13ACLs(t *testing.T) {
	c := tamed(t)
	list := func(perms sdk.Perm, scheme, id string) []sdk.ACL {
		return []sdk.ACL{{Perms: perms, Identity: sdk.Identity{Scheme: scheme, ID: id}}}
	}
	for i, acl := range [][]sdk.ACL{nil, {}, list(31, "nonesuch", "x"), append(sdk.OpenACL(), list(31, "nonesuch", "x")...),
		list(31, "digest", "nocolon"), list(31, "ip", "300.1.1.1"), list(31, "world", "me"), list(31, "auth", "")} {
		c.must(sdk.CodeInvalidACL, sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/a%d", i), ACL: acl})
	}
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/ours", ACL: list(31, "ip", "127.0.0.0/8")})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/theirs", ACL: list(31, "ip", "10.0.0.1")})
	c.set("/ours", "x")
	for _, kind := range []sdk.OpKind{sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetACL, sdk.OpSetData} {
		c.must(sdk.CodeNoAuth, sdk.Op{Kind: kind, Path: "/theirs"})
	}
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("u:p")})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpSetACL, Path: "/ours", ACL: list(31, "auth", ""), Version: sdk.AnyVersion})
	c.set("/ours", "y")
	other := connected(t, c.socket.RemoteAddr().String())
	other.must(sdk.CodeNoAuth, sdk.Op{Kind: sdk.OpGetData, Path: "/ours"})
}

// A bad list is told before a missing parent, and whether a node may be deleted its parent says.
func TestImitator14OrderOfChecks(t *testing.T) {
	c := tamed(t)
	c.must(sdk.CodeInvalidACL, sdk.Op{Kind: sdk.OpCreate, Path: "/none/a"})
	c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpCreate, Path: "/none/a", ACL: sdk.OpenACL()})
	but := func(perm sdk.Perm) []sdk.ACL { return []sdk.ACL{{Perms: sdk.PermAll &^ perm, Identity: sdk.Anyone}} }
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/kept", ACL: but(sdk.PermDelete)})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/kept/open", ACL: sdk.OpenACL()})
	c.must(sdk.CodeNoAuth, sdk.Op{Kind: sdk.OpDelete, Path: "/kept/open"})
	c.must(sdk.CodeNoAuth, sdk.Op{Kind: sdk.OpDelete, Path: "/kept/none"})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpSetACL, Path: "/kept", ACL: sdk.OpenACL()})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpSetACL, Path: "/kept/open", ACL: but(sdk.PermDelete)})
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpDelete, Path: "/kept/open"})
}

// All ephemeral nodes of a session go in one transaction.
func TestImitator17OneTransactionAtTheEnd(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	owner, watcher := connected(t, address), connected(t, address)
	watcher.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive})
	const nodes = 500
	for i := range nodes {
		owner.create(fmt.Sprintf("/e%d", i), sdk.ModeEphemeral)
	}
	if got := len(watcher.events()); got != nodes {
		t.Fatalf("%d events", got)
	}
	zxid := owner.must(sdk.OK, sdk.Op{Kind: sdk.OpCloseSession}).Zxid
	reply, events := watcher.do(1, sdk.Op{Kind: sdk.OpGetChildren, Path: "/"})
	if len(events) != nodes || len(reply.Result.Children) != 1 {
		t.Errorf("%d events before the first reply, which still has %d children", len(events), len(reply.Result.Children))
	}
	for _, e := range events {
		if e.Kind != sdk.EventDeleted || e.Zxid != zxid {
			t.Fatalf("%+v when the session ended at %d", e, zxid)
		}
	}
	if stat := watcher.stat("/"); stat.Pzxid != zxid || stat.NumChildren != 1 {
		t.Errorf("closed at %d: %+v", zxid, stat)
	}
}
