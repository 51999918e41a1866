package session_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// pour submits until it has to wait, and returns how many were taken.
func pour(t *testing.T, s *session.Served, op sdk.Op) (taken int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		switch err := s.Submit(ctx, uint64(taken), &op); {
		case errors.Is(err, context.Canceled):
			return taken
		case err != nil:
			t.Fatal(err)
		}
		taken++
	}
}

// TestSessionHoldsSoMuch: who sends much, or asks for much behind a write, has to wait when about 8 MiB are held, whatever
// the number of operations; and goes on when less is.
func TestSessionHoldsSoMuch(t *testing.T) {
	const mega = 1 << 20
	large := set("/large", bytes.Repeat([]byte{'x'}, mega))
	get := sdk.Op{Kind: sdk.OpGetData, Path: "/large"}
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		if taken := pour(t, node.served, large); taken != 8 {
			t.Errorf("%d writes of 1 MiB are taken", taken)
		}
		node.apply(t)
		node.apply(t)
		if taken := pour(t, node.served, large); taken != 2 {
			t.Errorf("%d writes are taken when two are done", taken)
		}
		for range 8 {
			node.apply(t)
		}
		small := set("/small", nil)
		if err := node.served.Submit(t.Context(), 1, &small); err != nil {
			t.Fatal(err)
		}
		if taken := pour(t, node.served, get); taken != 8 {
			t.Errorf("%d reads of 1 MiB are taken behind a write", taken)
		}
		node.apply(t)
		if taken := pour(t, node.served, get); taken != 0 {
			t.Errorf("%d reads are taken while nobody takes the answers", taken)
		}
		node.poll()
		if taken := pour(t, node.served, get); taken != 8 {
			t.Errorf("%d reads of 1 MiB are taken", taken)
		}
	})
}

// TestAnythingGoesAlone: an operation larger than what a session may hold is taken when nothing else is held.
func TestAnythingGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		if taken := pour(t, node.served, set("/huge", make([]byte, 16<<20))); taken != 1 {
			t.Errorf("%d writes of 16 MiB are taken", taken)
		}
		node.apply(t)
		if taken := pour(t, node.served, set("/huge", make([]byte, 16<<20))); taken != 1 {
			t.Errorf("%d writes of 16 MiB are taken after that", taken)
		}
	})
}

// TestHeavyReadsTakeTurns: what may be answered with any amount waits until nothing of its session does, so that no two of
// them are answered together.
func TestHeavyReadsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		write := set("/a", nil)
		if err := node.served.Submit(t.Context(), 1, &write); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []sdk.OpKind{sdk.OpMultiRead, sdk.OpGetEphemerals, sdk.OpSetWatches, sdk.OpSetWatches2} {
			if taken := pour(t, node.served, sdk.Op{Kind: kind}); taken != 0 {
				t.Errorf("%v is taken behind a write", kind)
			}
		}
		asked := make(chan error)
		go func() { asked <- node.served.Submit(t.Context(), 2, &sdk.Op{Kind: sdk.OpMultiRead}) }()
		synctest.Wait()
		node.apply(t)
		if err := <-asked; err != nil {
			t.Error(err)
		}
		if got := node.poll(); !strings.HasPrefix(got, "1: ok") || !strings.Contains(got, "\n2: ") {
			t.Errorf("got %q", got)
		}
	})
}

// TestSubmitGoesOnBehindEvents: where so many events have piled up that Submit waits, it goes on when they are taken, though
// there is no answer among them.
func TestSubmitGoesOnBehindEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := newFakeNode()
		ping := sdk.Op{Kind: sdk.OpPing}
		node.play(t, []string{"flood", "40000"})
		if taken := pour(t, node.served, ping); taken != 0 {
			t.Fatalf("%d pings are taken behind 40000 events", taken)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		asked := make(chan error)
		go func() { asked <- node.served.Submit(ctx, 1, &ping) }()
		synctest.Wait()
		got := node.poll()
		if err := <-asked; err != nil {
			t.Errorf("all events are taken, and a ping: %v", err)
		}
		if got += node.poll(); !strings.HasSuffix(got, "\n1: ok zxid=0\n") {
			t.Errorf("got %d bytes without an answer at their end", len(got))
		}
	})
}

// crowded is a node whose log has room for so many records.
type crowded struct {
	*fakeNode
	room  int
	again chan struct{}
}

func (n *crowded) Propose(record []byte) (<-chan struct{}, error) {
	if len(n.log) >= n.room {
		return n.again, nil
	}
	return n.fakeNode.Propose(record)
}

// drained is what the log does when there is room again.
func (n *crowded) drained() {
	again := n.again
	n.again = make(chan struct{})
	close(again)
}

// TestWritesWaitForTheLog: a session goes on when the log has room again, in its order; and one that ends meanwhile, or
// whose frontend gives up, waits no longer.
func TestWritesWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := &crowded{fakeNode: newFakeNode(), room: 2, again: make(chan struct{})}
		node.served = session.NewServed(node, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		if taken := pour(t, node.served, set("/a", []byte("x"))); taken != 2 {
			t.Errorf("%d writes are taken", taken)
		}
		var sent []error
		go func() {
			for i := range 4 {
				op := set("/a", []byte{byte('0' + i)})
				sent = append(sent, node.served.Submit(t.Context(), uint64(i+2), &op))
			}
			op := sdk.Op{Kind: sdk.OpGetData, Path: "/a"}
			sent = append(sent, node.served.Submit(t.Context(), 6, &op))
		}()
		synctest.Wait()
		node.drained() // somebody else was faster
		for len(sent) < 5 {
			synctest.Wait()
			node.apply(t)
			node.drained()
			synctest.Wait()
		}
		for len(node.log) > 0 {
			node.apply(t)
		}
		if err := errors.Join(sent...); err != nil {
			t.Error(err)
		}
		if got := node.poll(); !strings.HasSuffix(got, "4: ok zxid=5\n5: ok zxid=6\n6: ok zxid=6 3\n") {
			t.Errorf("got %q", got)
		}

		node.room = 0
		ended := make(chan error)
		go func() { op := set("/a", nil); ended <- node.served.Submit(t.Context(), 7, &op) }()
		synctest.Wait()
		node.served.End(sdk.ErrSessionClosed)
		if err := <-ended; !errors.Is(err, sdk.ErrSessionClosed) {
			t.Errorf("a session that has ended: %v", err)
		}
	})
}

// TestJudgedAnewWaitForTheLog is the same for writes that are judged beside their connection.
func TestJudgedAnewWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := &crowded{fakeNode: newFakeNode(), again: make(chan struct{})}
		node.reads = "/a"
		node.served = session.NewServed(node, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		for i := range 2 {
			op := set("/a", []byte{byte('0' + i)})
			if err := node.served.Submit(t.Context(), uint64(i), &op); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if len(node.log) > 0 {
			t.Fatal("there was no room")
		}
		node.room = 1
		for range 2 {
			node.drained()
			synctest.Wait()
			node.apply(t)
			synctest.Wait()
		}
		if got := node.poll(); got != "0: ok zxid=1\n1: ok zxid=2\n" {
			t.Errorf("got %q", got)
		}
	})
}

// applying is a node whose state is held until done is closed.
type applying struct {
	*fakeNode
	done chan struct{}
}

func (n *applying) RLock() { <-n.done }

// TestWritesGoOnWhileOthersAreApplied: a write that the log has to carry does not wait until the state can be read, and one
// that is answered from the state does.
func TestWritesGoOnWhileOthersAreApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		node := &applying{newFakeNode(), make(chan struct{})}
		node.refuse = "bad"
		node.served = session.NewServed(node, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
		var sent []error
		go func() {
			for i, data := range []string{"good", "good", "bad", "good"} {
				op := set("/a", []byte(data))
				sent = append(sent, node.served.Submit(t.Context(), uint64(i), &op))
			}
		}()
		synctest.Wait()
		if len(node.log) != 2 || len(sent) != 2 {
			t.Errorf("%d writes are on their way, of %d", len(node.log), len(sent))
		}
		close(node.done)
		synctest.Wait()
		if err := errors.Join(sent...); err != nil || len(node.log) != 3 {
			t.Errorf("%d writes are on their way then: %v", len(node.log), err)
		}
	})
}

func set(path string, data []byte) sdk.Op {
	return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: data, Version: sdk.AnyVersion}
}
