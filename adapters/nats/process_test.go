//go:build unix

package nats

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/grove-coordination/grove/sdk/plugin"
)

// TestMain makes this binary the adapter's process when it is started with that word and a file for its
// process id.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "nats" {
		if err := os.WriteFile(os.Args[2], []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			panic(err)
		}
		plugin.Serve(New())
	}
	slog.SetDefault(quiet)
	os.Exit(m.Run())
}

// Kill -9 of the adapter's process, with the embedded server in it, in the middle of its work: when it is back,
// nothing is missing and nothing is there twice.
func TestKilledProcessGoesOn(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]any{"store_dir": t.TempDir(), "listen": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(t.TempDir(), "pid")
	client := plugin.New(plugin.Command{Name: "nats", Path: path, Args: []string{"nats", pidFile}, Settings: settings, Log: quiet})
	tree := newTree()
	const kills = 3
	var where string
	for kill := range kills + 1 {
		tree.grow(1000)
		last := int64(1000 * (kill + 1))
		given := make(chan struct{})
		var once atomic.Bool
		tree.mu.Lock()
		tree.given = func(zxid int64) { // half of what is new has been taken
			if zxid > last-500 && once.CompareAndSwap(false, true) {
				close(given)
			}
		}
		tree.mu.Unlock()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- client.Serve(ctx, tree) }()
		<-given
		until(t, "adapter ready", func() bool { where, err = client.Ready(); return err == nil })
		js := jsAt(t, where)
		until(t, "on its way", func() bool { return stored(js) > 0 })
		if kill < kills {
			if err := syscall.Kill(readPid(t, pidFile), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if err := <-served; err == nil {
				t.Error("its death was not noticed")
			}
			stop()
			continue
		}
		until(t, "all stored", func() bool { return stored(js) >= uint64(len(tree.wants())) })
		if err := compare(contents(t, js), tree.wants()); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

func readPid(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
