package session_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// reformer is a node whose log is full, and that carries out a reconfiguration when it judges it. Once it has, the members
// are not those any more that the reconfiguration rests on.
type reformer struct {
	*crowded
	version int64
	judged  int
}

func newReformer() *reformer {
	n := &reformer{crowded: &crowded{fakeNode: newFakeNode(), again: make(chan struct{})}, version: 5}
	n.served = session.NewServed(n, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
	return n
}

func (n *reformer) Unsettled(op *sdk.Op) bool {
	return op.Kind == sdk.OpReconfig || n.fakeNode.Unsettled(op)
}

func (n *reformer) Judge(ctx context.Context, id int64, who []sdk.Identity, op *sdk.Op) session.Verdict {
	n.judged++
	if op.Kind != sdk.OpReconfig {
		return n.fakeNode.Judge(ctx, id, who, op)
	}
	if op.Members.Version != n.version {
		return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: sdk.CodeBadVersion}}
	}
	n.version++
	return session.Verdict{}
}

// TestReconfiguredOnce: a reconfiguration that finds no room in the log is carried out all the same, so it is answered as
// done, however often its record has to wait.
func TestReconfiguredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := newReformer()
		for cookie, op := range []sdk.Op{{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Version: 5}}, set("/a", nil)} {
			if err := node.served.Submit(t.Context(), uint64(cookie), &op); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for range 3 { // somebody else was faster
			node.drained()
			synctest.Wait()
		}
		node.room = 2
		node.drained()
		synctest.Wait()
		for range node.log {
			node.apply(t)
		}
		if got := node.poll(); got != "0: ok zxid=1\n1: ok zxid=2\n" || node.version != 6 {
			t.Errorf("version %d of the members, and the client has %q", node.version, got)
		}
	})
}

// TestGuardedAreJudgedWhenThereIsRoom: what a verdict rests on may change while the log is full, so it is made again when
// there is room, and the write need not come back first.
func TestGuardedAreJudgedWhenThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := newReformer()
		node.reads = "/a"
		write := set("/a", nil)
		if err := node.served.Submit(t.Context(), 1, &write); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		node.state++
		node.room = 1
		node.drained()
		synctest.Wait()
		node.apply(t)
		if got := node.poll(); got != "1: ok zxid=1\n" || node.judged != 2 {
			t.Errorf("judged %d times, and the client has %q", node.judged, got)
		}
	})
}
