package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// disk is a raft that takes entries when the test lets it.
type disk struct {
	mu      sync.Mutex // guards entries
	entries [][]string
	outcome chan error // one for each entry
}

func (d *disk) submit(envelope []byte) outcome {
	_, _, records, err := openEnvelope(nil, envelope)
	if err != nil {
		return func() error { return err }
	}
	var entry []string
	for _, r := range records {
		entry = append(entry, string(r))
	}
	d.mu.Lock()
	d.entries = append(d.entries, entry)
	d.mu.Unlock()
	return func() error { return <-d.outcome }
}

func testLead() (*lead, *disk) {
	d := &disk{outcome: make(chan error)}
	return newLead(7, 1<<20, time.Now, d.submit, func() {}, nil), d
}

// What comes while an entry is on its way goes into the next one, all of it.
func TestOneEntryInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		for i := range 10 {
			if err := l.propose([]byte(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		d.outcome <- nil
		d.outcome <- nil
		synctest.Wait()
		if len(d.entries) != 2 || len(d.entries[0]) != 1 || len(d.entries[1]) != 9 {
			t.Errorf("entries %q", d.entries)
		}
		if !l.close(errClosed) {
			t.Error("it took records and says it did not")
		}
	})
}

// While an entry that is committed is applied, the next one is on its way, and no more.
func TestNextEntryGoesBehindOneThatIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		propose := func(record string, entries int) {
			t.Helper()
			if err := l.propose([]byte(record)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(d.entries) != entries {
				t.Fatalf("after %q: entries %q", record, d.entries)
			}
		}
		committed := func(entries ...*raft.Log) {
			l.committed(entries)
			synctest.Wait()
		}
		ours := &raft.Log{Type: raft.LogCommand, Term: 7}
		propose("a", 1)
		propose("b", 1)
		committed(&raft.Log{Type: raft.LogCommand, Term: 6}, &raft.Log{Type: raft.LogConfiguration, Term: 7})
		propose("c", 1)
		committed(ours)
		propose("d", 2)
		committed(ours) // but a is still applied
		propose("e", 2)
		d.outcome <- nil
		synctest.Wait()
		propose("f", 3)
		want := [][]string{{"a"}, {"b", "c"}, {"d", "e"}}
		if !slices.EqualFunc(d.entries, want, slices.Equal) {
			t.Errorf("entries %q, want %q", d.entries, want)
		}
		go l.close(errClosed)
		synctest.Wait()
		d.outcome <- nil
		d.outcome <- nil
	})
}

// What is lost behind an entry that is being applied ends the lead, which waits for both.
func TestLostBehindAnEntryThatIsApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		for _, record := range []string{"applied", "lost", "behind"} {
			if err := l.propose([]byte(record)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(d.entries) == 1 {
				l.committed([]*raft.Log{{Type: raft.LogCommand, Term: 7}})
			}
		}
		d.outcome <- nil
		synctest.Wait()
		if len(d.entries) != 2 || l.broken() != nil {
			t.Errorf("entries %q, broken by %v", d.entries, l.broken())
		}
		d.outcome <- raft.ErrLeadershipLost
		synctest.Wait()
		if l.close(errClosed); len(d.entries) != 2 || !errors.Is(l.broken(), raft.ErrLeadershipLost) {
			t.Errorf("entries %q, broken by %v", d.entries, l.broken())
		}
	})
}

// A lead that is closed waits until what it gave to raft is applied.
func TestCloseWaitsForWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		for _, record := range []string{"applied", "on its way"} {
			if err := l.propose([]byte(record)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			l.committed([]*raft.Log{{Type: raft.LogCommand, Term: 7}})
		}
		closed := make(chan struct{})
		go func() { l.close(errClosed); close(closed) }()
		for range 2 {
			synctest.Wait()
			select {
			case <-closed:
				t.Error("closed with an entry in flight")
			default:
			}
			d.outcome <- nil
		}
		<-closed
	})
}

// After an entry that may be lost nothing is proposed, nothing is taken, and the streams are closed.
func TestNothingAfterALostEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		here, there := net.Pipe()
		go l.serve("n2", there, nil)
		if _, err := io.ReadFull(here, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		for _, r := range []string{"lost", "behind"} {
			if err := l.propose([]byte(r)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		why := errors.New("leadership lost")
		d.outcome <- why
		synctest.Wait()
		if err := l.propose(nil); !errors.Is(err, ErrNoLeader) {
			t.Errorf("after the loss: %v", err)
		}
		if _, err := here.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the follower's stream: %v, want EOF", err)
		}
		l.close(errClosed)
		if !errors.Is(l.broken(), why) || len(d.entries) != 1 {
			t.Errorf("broken by %v, entries %q", l.broken(), d.entries)
		}
	})
}

// A node that comes again first has its older stream ended, to the last byte.
func TestNewerStreamEndsTheOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		defer l.close(errClosed)
		older, there := net.Pipe()
		go l.serve("n2", there, nil)
		if _, err := io.ReadFull(older, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		newer, there := net.Pipe()
		go l.serve("n2", there, nil)
		if _, err := io.ReadFull(newer, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := older.Write(appendFrame(nil, frameRecord, []byte("stale"))); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the older stream is still read: %v", err)
		}
		if _, err := newer.Write(appendFrame(nil, frameRecord, []byte("fresh"))); err != nil {
			t.Error(err)
		}
		d.outcome <- nil
		if want := [][]string{{"fresh"}}; !slices.EqualFunc(d.entries, want, slices.Equal) {
			t.Errorf("entries %q, want %q", d.entries, want)
		}
	})
}

// Streams wait while much is queued; what is proposed here still has room, up to a bound, and never waits.
func TestFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, d := testLead()
		if err := l.propose([]byte("in flight")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		forwarded := 0
		go func() {
			for l.forward(make([]byte, 1<<20)) == nil {
				forwarded++
			}
		}()
		synctest.Wait()
		if forwarded != maxStreamQueued>>20 {
			t.Errorf("%d MiB taken of a stream", forwarded)
		}
		var err error
		here := 0
		for ; err == nil; here++ {
			err = l.propose(make([]byte, 1<<20))
		}
		if !errors.Is(err, ErrBusy) || here < (maxQueued-maxStreamQueued)>>20-1 || here > maxQueued>>20 {
			t.Errorf("%d MiB taken here: %v", here, err)
		}
		go l.close(errClosed)
		synctest.Wait()
		d.outcome <- nil
	})
}

// pipeLink is a link whose other end the test holds.
func pipeLink(t *testing.T) (*link, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	k := newLink(hello{"n2", 3}, func(context.Context) (net.Conn, error) { return there, nil }, func() {}, 0)
	if h, err := readHello(here); err != nil || h != (hello{"n2", 3}) {
		t.Fatalf("hello %+v, %v", h, err)
	}
	return k, here
}

func TestLinkTakesNothingUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, leader := pipeLink(t)
		if err := k.propose([]byte("early")); !errors.Is(err, ErrNoLeader) {
			t.Errorf("before the leader's yes: %v", err)
		}
		if _, err := leader.Write([]byte{accepted}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if !k.open() {
			t.Fatal("not open after the leader's yes")
		}
		if err := k.propose([]byte("abc")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(leader, got); err != nil || string(got) != "\x01\x03abc" {
			t.Errorf("sent %q, %v", got, err)
		}
		leader.Close()
		synctest.Wait()
		if err := k.propose(nil); !errors.Is(err, ErrNoLeader) || k.broken() == nil {
			t.Errorf("after the end: %v, broken by %v", err, k.broken())
		}
		if !k.close(errClosed) {
			t.Error("it took a record and says it did not")
		}
	})
}

// Links that break as soon as they are open come at longer and longer intervals, until one has held.
func TestLinksThatBreakArePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, took := newWheel(), time.Duration(0)
		defer w.stop()
		for range 100 {
			pause := w.pause()
			time.Sleep(pause)
			took += pause
			w.followed = time.Now()
		}
		if took < 90*maxPause {
			t.Errorf("a hundred links in %v", took)
		}
		time.Sleep(time.Second + 1)
		if got := w.pause(); got != 0 {
			t.Errorf("after one that has held, %v", got)
		}
	})
}

func TestLinkTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried []time.Duration
		start := time.Now()
		k := newLink(hello{"n2", 3}, func(context.Context) (net.Conn, error) {
			tried = append(tried, time.Since(start))
			return nil, errors.New("refused")
		}, func() {}, 0)
		pass(2 * time.Second)
		if k.close(errClosed) {
			t.Error("it never took a record and says it did")
		}
		if len(tried) < 10 || len(tried) > 20 || tried[1] != minPause {
			t.Errorf("tried after %v", tried)
		}
	})
}

// A leader that does not read holds the writer, not the proposer.
func TestLinkIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, leader := pipeLink(t)
		if _, err := leader.Write([]byte{accepted}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var err error
		taken := 0
		for ; err == nil && taken < 200; taken++ {
			err = k.propose(make([]byte, 1<<20))
			synctest.Wait()
		}
		if !errors.Is(err, ErrBusy) {
			t.Errorf("%d MiB taken: %v", taken, err)
		}
		k.close(errClosed)
	})
}
