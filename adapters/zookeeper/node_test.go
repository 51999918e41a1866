package zookeeper_test

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// serving is a server on a node of its own, which both end with the test.
func serving(t testing.TB, node core.Config, cfg zookeeper.Config) (address string) {
	t.Helper()
	host, _ := open(t, node)
	address, _ = serve(t, host, cfg)
	return address
}

// open opens a node, which the end of the test closes too. One that is alone serves already.
func open(t testing.TB, cfg core.Config) (node *core.Node, stop func()) {
	t.Helper()
	cfg.ID = cmp.Or(cfg.ID, "n1")
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.PeerListener == nil {
		cfg.PeerListener = listen(t)
	}
	node, err := core.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	if len(cfg.Members) == 0 {
		awaitServing(t, node)
	}
	return node, stop
}

func awaitServing(t testing.TB, node sdk.Host) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if status, err := node.Status(t.Context()); err == nil && status.Serving {
			return
		}
	}
	t.Fatal("the node does not serve")
}

// serve runs a frontend on any host until stop, which the end of the test calls too.
func serve(t testing.TB, host sdk.Host, cfg zookeeper.Config) (address string, stop func()) {
	t.Helper()
	if cfg.Listener == nil {
		cfg.Listener = listen(t)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	server := zookeeper.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, host) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return cfg.Listener.Addr().String(), stop
}

// resumed is a client that takes up the session of another.
func resumed(t testing.TB, address string, of *wire.ConnectResponse, seen int64) *client {
	t.Helper()
	c := dial(t, address)
	c.session = c.shake(&wire.ConnectRequest{TimeoutMillis: 10000, SessionID: of.SessionID, Password: of.Password[:], LastZxidSeen: seen})
	return c
}

// do asks one thing and returns the reply to it, and the events that came before.
func (c *client) do(xid int32, op sdk.Op) (reply sdk.Message, events []sdk.Event) {
	c.t.Helper()
	c.ask(xid, op)
	return c.reply(xid, op.Kind)
}

// reply reads the reply to xid, and the events before it.
func (c *client) reply(xid int32, kind sdk.OpKind) (reply sdk.Message, events []sdk.Event) {
	c.t.Helper()
	for {
		h, body := c.answer()
		if h.Xid == wire.XidEvent {
			event, err := wire.DecodeEvent(h, body)
			if err != nil {
				c.t.Fatal(err)
			}
			events = append(events, event)
			continue
		}
		if h.Xid != xid {
			c.t.Fatalf("the reply to %d, want %d", h.Xid, xid)
		}
		if err := wire.DecodeReply(h, kind, body, &reply); err != nil {
			c.t.Fatal(err)
		}
		return reply, events
	}
}

// must is do with an outcome that has to be.
func (c *client) must(code sdk.Code, op sdk.Op) sdk.Message {
	c.t.Helper()
	c.xid++
	reply, _ := c.do(c.xid, op)
	if reply.Code != code {
		c.t.Fatalf("%v %s: %v, want %v", op.Kind, op.Path, reply.Code, code)
	}
	return reply
}

// create makes a node that everyone may do everything with.
func (c *client) create(path string, mode sdk.CreateMode) string {
	c.t.Helper()
	return c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL(), Mode: mode}).Result.Path
}

// events reads all events up to the answer to a ping.
func (c *client) events() []sdk.Event {
	c.t.Helper()
	_, events := c.do(wire.XidPing, sdk.Op{Kind: sdk.OpPing})
	return events
}
