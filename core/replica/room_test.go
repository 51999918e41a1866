package replica

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
)

// fillUp proposes until there is no room.
func fillUp(t *testing.T, r route) {
	t.Helper()
	for i := 0; ; i++ {
		if err := r.propose(make([]byte, 1<<20)); err != nil {
			if !errors.Is(err, ErrBusy) || i < roomyQueued>>20 {
				t.Fatalf("record %d: %v", i, err)
			}
			return
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestRoomOfALead: who was turned away comes again when half of what waits has gone, or there is no use in waiting.
func TestRoomOfALead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		if !isClosed(l.room()) {
			t.Error("an empty queue has no room")
		}
		fillUp(t, l)
		again := l.room()
		for gone := 0; !isClosed(again); gone++ {
			if gone > maxQueued>>20 {
				t.Fatal("no room though all has gone")
			}
			d.outcome <- nil
			synctest.Wait()
		}
		if waits := l.queue.size; waits >= roomyQueued || waits < roomyQueued-2<<20 {
			t.Errorf("room when %d bytes wait", waits)
		}
		fillUp(t, l)
		again = l.room()
		go l.close(errClosed)
		synctest.Wait()
		if !isClosed(again) || !isClosed(l.room()) {
			t.Error("somebody waits for room in a lead that has ended")
		}
		d.outcome <- nil
	})
}

// TestRoomOfALink is the same on the way to a leader.
func TestRoomOfALink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, leader := pipeLink(t)
		if _, err := leader.Write([]byte{accepted}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		first := make([]byte, 1<<20)
		if err := k.propose(first); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it is being written
		fillUp(t, k)
		again := k.room()
		if isClosed(again) {
			t.Error("a full queue has room")
		}
		if _, err := io.CopyN(io.Discard, leader, int64(len(appendFrame(nil, frameRecord, first)))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !isClosed(again) || k.propose([]byte("again")) != nil {
			t.Error("no room though what waited is being sent")
		}
		fillUp(t, k)
		again = k.room()
		leader.Close()
		synctest.Wait()
		if !isClosed(again) {
			t.Error("somebody waits for room in a link that has ended")
		}
		k.close(errClosed)
	})
}
