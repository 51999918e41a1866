//go:build unix

package plugins_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grove-coordination/grove/plugins"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// TestMain makes this binary a plugin when it is started with that word.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "plugin" {
		plugin.Serve(&idle{})
	}
	os.Exit(m.Run())
}

// idle is a frontend that says its process id for an address, once it has asked for what it was not granted.
type idle struct{ up atomic.Bool }

func (*idle) Name() string { return "idle" }

func (f *idle) Ready() (string, error) {
	if !f.up.Load() {
		return "", errors.New("starting")
	}
	return strconv.Itoa(os.Getpid()), nil
}

func (f *idle) Serve(ctx context.Context, host sdk.Host) error {
	if _, err := host.Follow(ctx, sdk.Following{}); !errors.Is(err, sdk.CodeNoAuth) {
		return err
	}
	f.up.Store(true)
	<-ctx.Done()
	return nil
}

// noCore is a host that nothing may reach.
type noCore struct{ sdk.Host }

// Kill -9 of a plugin: the supervisor says so, and it comes back.
func TestKilledPluginComesBack(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := plugins.New(slog.New(slog.DiscardHandler), nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Run(ctx, noCore{}, []plugins.Spec{{Name: "idle", Command: path, Args: []string{"plugin"}}})
	}()
	first := untilRuns(t, s, 0)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := untilRuns(t, s, 1)
	if second == first {
		t.Errorf("process %d lives on", first)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(second, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d outlived its supervisor: %v", second, err)
	}
	if state := s.Status()[0]; state.State != plugins.Stopped || state.Restarts != 1 {
		t.Errorf("%+v", state)
	}
}

// untilRuns waits until the plugin runs after so many restarts, and returns its process id.
func untilRuns(t *testing.T, s *plugins.Supervisor, restarts int) int {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); ; {
		states := s.Status()
		if len(states) == 1 && states[0].State == plugins.Running && states[0].Restarts == restarts {
			pid, err := strconv.Atoi(states[0].Where)
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not running: %+v", states)
		}
	}
}
