package replica

import (
	"errors"
	"io"
	"math/rand/v2"
	"slices"
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

// TestStreamsHaveAShare: while what is proposed here fills the queue, the records and reports of followers still come, up
// to a bound, and more when some of theirs have gone.
func TestStreamsHaveAShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		fillUp(t, l)
		forwarded := 0
		go func() {
			for l.forward(make([]byte, 1<<20)) == nil {
				forwarded++
			}
		}()
		synctest.Wait()
		if forwarded != maxStreamQueued>>20 {
			t.Errorf("%d MiB taken of a stream while the queue is full", forwarded)
		}
		for gone := 0; forwarded < 2*maxStreamQueued>>20; gone++ {
			if gone > 2*maxQueued>>20 {
				t.Fatalf("%d MiB taken of a stream when all has gone", forwarded)
			}
			d.outcome <- nil
			synctest.Wait()
			if l.propose(make([]byte, 1<<20)) != nil && l.queue.size < maxQueued-2<<20 {
				t.Fatal("no room here")
			}
			synctest.Wait()
		}
		go l.close(errClosed)
		synctest.Wait()
		d.outcome <- nil
	})
}

// TestShare compares with counting each byte.
func TestShare(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var queue []bool // whether a byte came by the way that is looked at
	var s share
	for taken := 0; taken < 10_000; {
		size, theirs := 1+random.IntN(5), random.IntN(2) == 0
		queue = append(queue, slices.Repeat([]bool{theirs}, size)...)
		if theirs {
			s.add(taken+len(queue), size)
		}
		for len(queue) > 50 {
			gone := 1 + random.IntN(len(queue))
			queue, taken = queue[gone:], taken+gone
			s.take(taken)
		}
		want := 0
		for _, theirs := range queue {
			if theirs {
				want++
			}
		}
		if s.size != want {
			t.Fatalf("%d bytes, want %d", s.size, want)
		}
	}
}
