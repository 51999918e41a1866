package session_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// stuck submits op, which has to wait until it is given up; meanwhile may ask whether anything is heard behind that.
func stuck(t *testing.T, s *session.Served, op sdk.Op, meanwhile func(heard func() bool)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- s.Submit(ctx, 99, &op) }()
	synctest.Wait()
	s.Heard()
	meanwhile(func() bool { synctest.Wait(); return s.Heard() })
	cancel()
	if err := <-left; err != context.Canceled {
		t.Errorf("%v had to wait: %v", op.Kind, err)
	}
	if s.Heard() {
		t.Errorf("%v is given up, and its session heard of still", op.Kind)
	}
}

// TestHeardWhileItWaitsForTheNode: who has to wait until the log has room, until a write of his own is done, or until what
// he has missed is found, counts as heard all the time: the pings that he sends meanwhile stand behind that.
func TestHeardWhileItWaitsForTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := &crowded{fakeNode: newFakeNode(), again: make(chan struct{})}
		node.served = session.NewServed(node, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		stuck(t, node.served, set("/a", nil), func(heard func() bool) {
			for range 3 {
				if !heard() {
					t.Error("not heard of while the log has no room")
				}
				node.drained() // somebody else is faster
			}
		})
		node.room = 1
		write := set("/a", nil)
		if err := node.served.Submit(t.Context(), 1, &write); err != nil {
			t.Fatal(err)
		}
		stuck(t, node.served, sdk.Op{Kind: sdk.OpMultiRead}, func(heard func() bool) {
			if !heard() || !heard() {
				t.Error("not heard of while a write of its own is open")
			}
		})
		s := session.NewServed(&historian{newFakeNode()}, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		stuck(t, s, sdk.Op{Kind: sdk.OpSetWatches}, func(heard func() bool) {
			if !heard() {
				t.Error("not heard of while what it has missed is looked for")
			}
		})
	})
}

// historian is a node that looks for what a client has missed for as long as it is let.
type historian struct{ *fakeNode }

func (n *historian) CatchUp(
	ctx context.Context, s *session.Served, who []sdk.Identity, w *sdk.Watches,
) func(func(*sdk.Event)) {
	<-ctx.Done()
	return n.fakeNode.CatchUp(ctx, s, who, w)
}

// TestSilentWhileItWaitsForTheClient: who has to wait because he does not take what he is sent is not heard of, even while a
// write of his is open.
func TestSilentWhileItWaitsForTheClient(t *testing.T) {
	get := sdk.Op{Kind: sdk.OpGetData, Path: "/mega"}
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		node.data["/mega"] = string(make([]byte, 1<<20))
		write := set("/a", nil)
		if err := node.served.Submit(t.Context(), 1, &write); err != nil {
			t.Fatal(err)
		}
		pour(t, node.served, get)
		stuck(t, node.served, get, func(heard func() bool) {
			if !heard() {
				t.Error("not heard of while its write is open")
			}
			node.apply(t)
			if heard() {
				t.Error("heard of, and it takes no answers")
			}
		})
	})
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		write := set("/a", nil)
		if err := node.served.Submit(t.Context(), 1, &write); err != nil {
			t.Fatal(err)
		}
		node.play(t, []string{"flood", "40000"})
		stuck(t, node.served, write, func(heard func() bool) {
			if heard() {
				t.Error("heard of, and it takes no events")
			}
		})
	})
}
