//go:build unix

package plugin_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// A plugin that does harm on the stream is cut off with a reason, or waits for its own sake; the node answers all the
// time, and holds no more than it would for any other.
func TestHarmStaysOnThePluginsSide(t *testing.T) {
	node := openNode(t)
	for harm, want := range map[string]string{
		"garbage":       "decode frame",
		"endless frame": "frame of more than",
		"feeds":         "more than 16384 sessions",
		"operations":    "window is",
	} {
		t.Run(harm, func(t *testing.T) {
			most := watchMemory(t)
			client := hostile(t, harm)
			err := client.Serve(t.Context(), node)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("ended with %v, want %s", err, want)
			}
			unharmed(t, node)
			if used := client.Usage(); used.Sessions != 0 || used.Feeds != 0 || used.PID != 0 {
				t.Errorf("left behind: %+v", used)
			}
			if mib := most() >> 20; mib > 512 {
				t.Errorf("%d MiB used", mib)
			}
		})
	}
}

// A plugin that takes nothing makes the node hold no more than a window for it, and a plugin that hangs as a whole is
// taken for dead.
func TestPluginThatTakesNothingCostsAWindow(t *testing.T) {
	t.Parallel()
	node := openNode(t)
	client := hostile(t, "deaf")
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- client.Serve(ctx, node) }()
	await(t, func() bool { _, err := client.Ready(); return err == nil })
	before := heap()
	write(t, node, 20, make([]byte, 1<<20))
	if now := heap(); now > before+64<<20 {
		t.Errorf("%d MiB held for a plugin that takes nothing", (now-before)>>20)
	}
	if used := client.Usage(); used.Lag <= 0 || used.Sent > 8<<20 {
		t.Errorf("usage %+v", used)
	}
	unharmed(t, node)
	stop()
	if err := <-served; err != nil {
		t.Errorf("stopped: %v", err)
	}
}

func TestStoppedPluginIsTakenForDead(t *testing.T) {
	t.Parallel()
	node := openNode(t)
	client := hostile(t, "stopped")
	err := client.Serve(t.Context(), node)
	if err == nil || !strings.Contains(err.Error(), "does not answer health checks") {
		t.Errorf("ended with %v", err)
	}
	unharmed(t, node)
}

func hostile(t *testing.T, harm string) *plugin.Client {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return plugin.New(plugin.Command{Name: harm, Path: path, Args: []string{"hostile", harm}})
}

// unharmed checks that the node does a write soon.
func unharmed(t *testing.T, node sdk.Host) {
	t.Helper()
	write(t, node, 1, []byte("unharmed"))
}

// write sets the root's data so many times.
func write(t *testing.T, node sdk.Host, times int, data []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	session, err := node.Open(ctx, sdk.Login{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for i := range uint64(times) {
		if err := session.Submit(ctx, i, &sdk.Op{Kind: sdk.OpSetData, Path: "/", Version: sdk.AnyVersion, Data: data}); err != nil {
			t.Fatal(err)
		}
		got := make([]sdk.Message, 1)
		if _, err := session.Next(ctx, got); err != nil || got[0].Code != sdk.OK {
			t.Fatalf("write: %v %v", err, got[0].Code)
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watchMemory looks at what this process uses until most is called, which gives the most that was seen above the start.
func watchMemory(t *testing.T) (most func() int64) {
	t.Helper()
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse + m.StackInuse)
	}
	start, top := inUse(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			top = max(top, inUse()-start)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		t.Logf("at most %d MiB more", top>>20)
		return top
	}
}
