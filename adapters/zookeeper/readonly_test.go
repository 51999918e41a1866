package zookeeper_test

import (
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestReadingWithoutAQuorum: where that is allowed, who is content with it may read what there is, and nobody writes.
func TestReadingWithoutAQuorum(t *testing.T) {
	e := newEnsemble(t, core.Config{ReadOnly: true})
	left := e.leader()
	before := connected(t, e.addresses[left])
	before.create("/a", sdk.ModePersistent)
	for i, stop := range e.stops {
		if i != left {
			stop()
		}
	}
	before.drain()
	c := e.reader(left)
	c.stat("/a")
	c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpExists, Path: "/none"})
	for _, op := range []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/b", ACL: sdk.OpenACL()}, {Kind: sdk.OpDelete, Path: "/a"}, {Kind: sdk.OpSync, Path: "/"},
		{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/a"}}}, {Kind: sdk.OpSetACL, Path: "/a", ACL: sdk.OpenACL()},
	} {
		c.must(sdk.CodeNotReadOnly, op)
	}
	if text := ask(t, e.addresses[left], "isro"); text != "ro" {
		t.Errorf("isro: %q", text)
	}
	writer := dial(t, e.addresses[left])
	writer.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: 4000}))
	writer.expectClosed()
}

// reader is a client that is content with reading, at a node that has lost its quorum or is about to.
func (e *ensemble) reader(i int) *client {
	e.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(2 * patience); time.Now().Before(end); <-tick.C {
		c := dial(e.t, e.addresses[i])
		c.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: 10000, ReadOnly: true}))
		frame, err := c.frames.Next()
		if err == nil && wire.DecodeConnectResponse(frame, &c.session) == nil && c.session.ReadOnly {
			return c
		}
		c.socket.Close()
	}
	e.t.Fatal("nobody may read")
	return nil
}
