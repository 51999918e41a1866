package zookeeper_test

import (
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// bothWays runs a test with sessions that can be polled, and with ones that can only be waited for.
func bothWays(t *testing.T, test func(t *testing.T, host *fakeHost)) {
	for name, plain := range map[string]bool{"poll": false, "next": true} {
		t.Run(name, func(t *testing.T) {
			host := newFakeHost()
			host.plain = plain
			test(t, host)
		})
	}
}

// TestEventReachesIdleClient: nothing but another client's write makes the server speak.
func TestEventReachesIdleClient(t *testing.T) {
	bothWays(t, func(t *testing.T, host *fakeHost) {
		address, _ := start(t, host, zookeeper.Config{})
		idle, writer := connected(t, address), connected(t, address)
		for range 20 {
			idle.ask(1, sdk.Op{Kind: sdk.OpExists, Path: "/a", Watch: true})
			if h, _ := idle.answer(); h.Xid != 1 {
				t.Fatalf("got %+v", h)
			}
			writer.ask(2, sdk.Op{Kind: sdk.OpCreate, Path: "/a"})
			writer.expectAnswer(2, sdk.OK)
			h, body := idle.answer()
			event, err := wire.DecodeEvent(h, body)
			if err != nil || h.Xid != wire.XidEvent || event != (sdk.Event{Kind: sdk.EventCreated, Path: "/a", Zxid: host.seen()}) {
				t.Fatalf("got %+v behind %+v, %v", event, h, err)
			}
		}
	})
}

// seen is the last zxid.
func (h *fakeHost) seen() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.zxid
}

// TestOrderUnderLoad: reads answered by the reader, writes and events by the writer, and all of it in order.
func TestOrderUnderLoad(t *testing.T) {
	bothWays(t, func(t *testing.T, host *fakeHost) {
		address, _ := start(t, host, zookeeper.Config{})
		c, other := connected(t, address), connected(t, address)
		const total = 3000
		var frames []byte
		for xid := range int32(total) {
			op := sdk.Op{Kind: sdk.OpGetData, Path: "/a", Watch: true}
			if xid%3 == 0 {
				op = sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte("x")}
			}
			frames, _ = wire.AppendRequest(frames, xid, &op)
		}
		var writing sync.WaitGroup
		defer writing.Wait()
		writing.Go(func() { c.write(frames) })
		writing.Go(func() {
			for xid := range int32(100) {
				other.ask(xid, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte("y")})
			}
		})
		var zxid int64
		for xid := int32(0); xid < total; {
			h, _ := c.answer()
			if h.Zxid < zxid {
				t.Fatalf("zxid %d after %d", h.Zxid, zxid)
			}
			zxid = h.Zxid
			if h.Xid == wire.XidEvent {
				continue
			}
			if h.Xid != xid {
				t.Fatalf("the reply to %d, want %d", h.Xid, xid)
			}
			xid++
		}
	})
}

// TestPing is answered as -2 by whatever number it was asked.
func TestPing(t *testing.T) {
	address, _ := start(t, newFakeHost(), zookeeper.Config{})
	c := connected(t, address)
	c.ask(5, sdk.Op{Kind: sdk.OpPing})
	c.expectAnswer(wire.XidPing, sdk.OK)
}

// TestClientGoesAway: the session is let go of, and not ended.
func TestClientGoesAway(t *testing.T) {
	bothWays(t, func(t *testing.T, host *fakeHost) {
		address, stop := start(t, host, zookeeper.Config{})
		c := connected(t, address)
		c.ask(1, sdk.Op{Kind: sdk.OpCreate, Path: "/a"})
		c.expectAnswer(1, sdk.OK)
		c.socket.Close()
		stop()
		if zxid := host.seen(); zxid != 2 {
			t.Errorf("zxid %d: something was written for a client that went away", zxid)
		}
	})
}

// TestSessionEnds: what is left is still told, then the connection is closed.
func TestSessionEnds(t *testing.T) {
	bothWays(t, func(t *testing.T, host *fakeHost) {
		address, _ := start(t, host, zookeeper.Config{})
		c := connected(t, address)
		c.ask(1, sdk.Op{Kind: sdk.OpExists, Path: "/a", Watch: true})
		c.expectAnswer(1, sdk.CodeNoNode)
		host.mu.Lock()
		host.tell(sdk.EventDeleted, "/a")
		host.mu.Unlock()
		host.end()
		if h, _ := c.answer(); h.Xid != wire.XidEvent {
			t.Errorf("got %+v, want the event", h)
		}
		c.expectClosed()
	})
}

// TestStopWhileSubmitWaits: a server stops although a session takes nothing more.
func TestStopWhileSubmitWaits(t *testing.T) {
	host := newFakeHost()
	address, stop := start(t, host, zookeeper.Config{})
	c := connected(t, address)
	host.mu.Lock()
	host.stuck = make(chan struct{})
	host.mu.Unlock()
	c.ask(1, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
	stop()
	c.expectClosed()
}

// TestDeafClient: one that does not read is cut off, and others do not wait for it.
func TestDeafClient(t *testing.T) {
	bothWays(t, func(t *testing.T, host *fakeHost) {
		address, _ := start(t, host, zookeeper.Config{WriteTimeout: 100 * time.Millisecond})
		host.mu.Lock()
		host.nodes["/big"] = make([]byte, 1<<20)
		host.mu.Unlock()
		deaf, other := connected(t, address), connected(t, address)
		var frames []byte
		for xid := range int32(64) {
			frames, _ = wire.AppendRequest(frames, xid, &sdk.Op{Kind: sdk.OpGetData, Path: "/big"})
		}
		deaf.write(frames)
		for host.open() == 2 {
			other.ask(wire.XidPing, sdk.Op{Kind: sdk.OpPing})
			other.expectAnswer(wire.XidPing, sdk.OK)
		}
	})
}
