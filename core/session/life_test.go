package session_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// pensive judges every write beside its connection, and for as long as it is let.
type pensive struct {
	*fakeNode
	running atomic.Int32
}

func (n *pensive) Unsettled(*sdk.Op) bool { return true }

func (n *pensive) Judge(ctx context.Context, _ int64, _ []sdk.Identity, _ *sdk.Op) session.Verdict {
	<-ctx.Done()
	return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: sdk.CodeOperationTimeout}}
}

func (n *pensive) Go(f func()) {
	n.running.Add(1)
	go func() {
		defer n.running.Add(-1)
		f()
	}()
}

// TestJudgingEndsWithTheSession: nothing of a session goes on when it has ended, however long its writes are judged.
func TestJudgingEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := &pensive{fakeNode: newFakeNode()}
		s := session.NewServed(node, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		for i := range uint64(3) {
			if err := s.Submit(t.Context(), i, &sdk.Op{Kind: sdk.OpSetData, Path: "/a"}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if running := node.running.Load(); running != 1 {
			t.Errorf("%d goroutines judge for one session", running)
		}
		s.End(sdk.ErrSessionClosed)
		synctest.Wait() // and no clock is moved
		if running := node.running.Load(); running != 0 {
			t.Errorf("%d goroutines judge for a session that has ended", running)
		}
	})
}
