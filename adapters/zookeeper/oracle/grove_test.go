//go:build oracle

package oracle

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
)

// startGrove starts a node with the ZooKeeper frontend, which ends with the test, and returns where it serves. It sweeps
// nothing away meanwhile either.
func startGrove(t *testing.T) string {
	t.Helper()
	node, err := core.Open(core.Config{ID: "oracle", Dir: t.TempDir(), PeerListener: listen(t), Sweep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	clients := listen(t)
	server := zookeeper.New(zookeeper.Config{Listener: clients, CutOversized: true, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, node) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	awaitService(t, clients.Addr().String())
	return clients.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
