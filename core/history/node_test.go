package history_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/sdk"
)

// client is a session of a node.
type client struct {
	t   *testing.T
	ctx context.Context
	sdk.Session
}

// open opens the node in dir, and a session.
func open(t *testing.T, dir string) (*core.Node, *client) {
	t.Helper()
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	node, err := core.Open(core.Config{ID: "n1", Dir: dir, PeerListener: peer, SnapshotEntries: 8, SnapshotInterval: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := &client{t: t, ctx: ctx}
	for c.Session == nil {
		who := []sdk.Identity{{Scheme: "ip", ID: "10.0.0.1"}}
		c.Session, err = node.Open(ctx, sdk.Login{Timeout: 30 * time.Second, Identities: who})
		if err != nil && !errors.Is(err, sdk.ErrNotServing) {
			t.Fatal(err)
		}
	}
	return node, c
}

func (c *client) do(op sdk.Op) sdk.Result {
	c.t.Helper()
	op.ACL, op.Version = sdk.OpenACL(), sdk.AnyVersion
	if err := c.Submit(c.ctx, 1, &op); err != nil {
		c.t.Fatal(err)
	}
	var reply [1]sdk.Message
	if _, err := c.Next(c.ctx, reply[:]); err != nil || reply[0].Code != sdk.OK {
		c.t.Fatalf("%v %s: %v, %v", op.Kind, op.Path, reply[0].Code, err)
	}
	return reply[0].Result
}

// TestNodeKeepsHistory: what a node keeps is there after a restart from its snapshots, and goes on within its bounds;
// none of it is in the feed.
func TestNodeKeepsHistory(t *testing.T) {
	dir := t.TempDir()
	node, c := open(t, dir)
	for _, path := range []string{"/grove", history.Root, history.PoliciesRoot, "/a"} {
		c.do(sdk.Op{Kind: sdk.OpCreate, Path: path})
	}
	c.do(sdk.Op{Kind: sdk.OpCreate, Path: history.PolicyPath("/a"), Data: []byte(`{"keep":3}`)})
	for i := range 60 {
		if i%20 == 19 {
			if err := node.Close(); err != nil {
				t.Fatal(err)
			}
			node, c = open(t, dir)
		}
		c.do(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: fmt.Append(nil, i)})
	}
	names := c.do(sdk.Op{Kind: sdk.OpGetChildren, Path: history.EntriesPath("/a")}).Children
	if !slices.Equal(names, []string{"0000000058", "0000000059", "0000000060"}) {
		t.Fatalf("entries %q", names)
	}
	for i, name := range names {
		result := c.do(sdk.Op{Kind: sdk.OpGetData, Path: history.EntriesPath("/a") + "/" + name})
		e, err := history.ParseEntry(result.Data)
		if err != nil || string(e.Data) != fmt.Sprint(57+i) || e.From != "10.0.0.1" || e.Version != int32(58+i) || e.Zxid != result.Stat.Czxid {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	checkFeed(t, node)
}

func checkFeed(t *testing.T, node *core.Node) {
	t.Helper()
	feed, err := node.Follow(t.Context(), sdk.Following{})
	if err != nil {
		t.Fatal(err)
	}
	txns := make([]sdk.Transaction, 1000)
	n, err := feed.Next(t.Context(), txns)
	if err != nil || n < 60 {
		t.Fatalf("%d transactions, %v", n, err)
	}
	for _, txn := range txns[:n] {
		for _, change := range txn.Changes {
			if sdk.Below(change.Path, history.Root) {
				t.Errorf("the feed has %s", change.Path)
			}
		}
	}
}
