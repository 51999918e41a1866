package core

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// Who holds and watches what can be listed and counted.
func TestSessionsAreListed(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c, idle := openClient(t, n, sdk.Login{}), openClient(t, n, sdk.Login{})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/b", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/a", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpGetData, Path: "/b", Watch: true})
	c.must(sdk.Op{Kind: sdk.OpGetChildren, Path: "/b", Watch: true})
	c.must(sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive})

	list, err := n.Sessions(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	busy, other := list[0], list[1]
	if busy.ID != c.Info().ID || !busy.Here || fmt.Sprint(busy.Ephemerals) != "[/a /b]" ||
		fmt.Sprint(busy.Watches) != fmt.Sprint([]sdk.Watched{{Path: "/b", Type: sdk.WatchData}, {Path: "/b", Type: sdk.WatchChildren}, {Path: "/", Type: sdk.WatchRecursive}}) {
		t.Errorf("%+v", busy)
	}
	if other.ID != idle.Info().ID || other.Timeout != idle.Info().Timeout || len(other.Ephemerals)+len(other.Watches) > 0 {
		t.Errorf("%+v", other)
	}
	if s, _ := n.Status(t.Context()); s.Ephemerals != 2 || s.Watches != 3 || s.WatchedPaths != 2 || s.DataSize == 0 {
		t.Errorf("%+v", s)
	}
}

// TestListsLetOthersGoOn: a long list is made in stretches, between which the state is free, and ends with whoever asked.
func TestListsLetOthersGoOn(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	watchMuch(n, c.Info().ID, 10*listed)
	c.multi(3*listed, func(i int) sdk.Op {
		return sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/e%d", i), Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()}
	})
	ctx := &counting{Context: t.Context(), asked: func() {
		await(t, "the state is let go", n.mu.TryLock)
		n.mu.Unlock()
	}}
	list, err := n.Sessions(ctx)
	if err != nil || len(list) != 1 || len(list[0].Watches) != 10*listed || len(list[0].Ephemerals) != 3*listed {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	if ctx.times < 13 {
		t.Errorf("%d stretches", ctx.times)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Sessions(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody asks any more: %v", err)
	}
}

// counting is a context that is asked between stretches.
type counting struct {
	context.Context
	times int
	asked func()
}

func (c *counting) Err() error {
	c.times++
	c.asked()
	return c.Context.Err()
}

// watchMuch has a session watch so many paths.
func watchMuch(n *Node, session int64, count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range count {
		n.watch.Add(watch.ID(n.served[session].Watch()), watch.Data, fmt.Sprintf("/app/service-%d/member-%d", i%1000, i))
	}
}

// BenchmarkSessions lists a session with a million watches; wait is how long somebody who needs the state alone had to wait
// for it, in 99 of 100 cases at most.
func BenchmarkSessions(b *testing.B) {
	n, err := Open(Config{ID: "n1", Dir: b.TempDir(), Peer: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	n.mu.Lock()
	s := n.serveSession(1, n.sessions.Open(1, nil, 0), nil)
	n.mu.Unlock()
	watchMuch(n, s.Info().ID, 1_000_000)
	b.ReportAllocs()
	stop, waited := make(chan struct{}), make(chan time.Duration)
	go wait(n, stop, waited)
	for b.Loop() {
		if _, err := n.Sessions(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	close(stop)
	b.ReportMetric(float64((<-waited).Microseconds()), "wait-us")
}
