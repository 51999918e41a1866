package main

import (
	"net"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/sdktest"
)

func TestFrontendKeepsItsPromises(t *testing.T) {
	sdktest.TestFrontend(t, openCore(t), `{"listen": "127.0.0.1:0"}`, func() sdk.Frontend { return &lines{} })
}

// openCore opens a core of its own for the test, and waits until it serves.
func openCore(t *testing.T) *core.Node {
	t.Helper()
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	node, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for status, _ := node.Status(t.Context()); !status.Serving; status, _ = node.Status(t.Context()) {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the core does not serve")
		}
	}
	return node
}
