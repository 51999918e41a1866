//go:build unix

package plugin_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
	"github.com/grove-coordination/grove/sdk/sdktest"
)

// A real core keeps every promise of sdk.Host to a frontend in another process. The test starts this binary as the
// plugin, in which the same test runs again, against what the plugin sees of the core.
func TestCoreAcrossTheBorder(t *testing.T) {
	if plugin.Core != nil {
		sdktest.TestHost(t, func(*testing.T) sdk.Host { return plugin.Core })
		plugin.Played.Store(true)
		return
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	said := &record{}
	client := plugin.New(plugin.Command{
		Name: "suite", Path: path, Args: []string{"suite"}, Log: slog.New(slog.NewTextHandler(said, nil)),
	})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	node := openNode(t)
	go func() { served <- client.Serve(ctx, node) }()
	await(t, func() bool {
		if _, err := client.Ready(); err == nil {
			return true
		}
		select {
		case err := <-served:
			t.Fatalf("%v\n%s", err, said)
		default:
		}
		return false
	})
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// openNode opens a core of its own for the test, and waits until it serves.
func openNode(t testing.TB) *core.Node {
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
	await(t, func() bool {
		status, err := node.Status(t.Context())
		return err == nil && status.Serving
	})
	return node
}

// await asks again and again until something has come about.
func await(t testing.TB, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(2 * time.Minute); !done(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

// record keeps what a plugin says, to be shown when it fails.
type record struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
