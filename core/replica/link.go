package replica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"time"
)

// link is a follower's route: one ordered stream to the leader of one term. It dials as soon as the leader is known,
// so that the first record does not wait for it, and again until it is taken or closed. Once open it never reconnects:
// when it breaks, what it carried may be lost, and only after that has been told comes another link.
type link struct {
	hello hello
	dial  func(ctx context.Context) (net.Conn, error)
	moved func() // called when it opens, breaks, or was refused

	mu     sync.Mutex // guards all below
	up     bool
	used   bool
	cause  error     // set once: broken
	queue  []byte    // frames to be written
	filled sync.Cond // queue is not empty, or broken
	full   room      // until queue is empty, or broken

	cancel context.CancelFunc
	done   chan struct{}
}

// Pauses between attempts to reach the leader: he may have been elected a moment ago and not be ready.
const (
	minPause = 5 * time.Millisecond
	maxPause = 250 * time.Millisecond
)

// newLink starts the link, after a pause. Its goroutines end with close, or when the stream breaks.
func newLink(h hello, dial func(context.Context) (net.Conn, error), moved func(), first time.Duration) *link {
	ctx, cancel := context.WithCancel(context.Background())
	k := &link{hello: h, dial: dial, moved: moved, cancel: cancel, done: make(chan struct{})}
	k.filled.L = &k.mu
	go k.run(ctx, first)
	return k
}

// run reaches the leader, writes from a second goroutine, and reads to see the end: he never says anything.
func (k *link) run(ctx context.Context, first time.Duration) {
	defer close(k.done)
	if first > 0 && !pause(ctx, first) {
		return
	}
	conn := k.connect(ctx)
	if conn == nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // makes the read below return
	k.setUp()
	var writer sync.WaitGroup
	writer.Go(func() { k.write(conn) })
	_, err := conn.Read(make([]byte, 1))
	if err == nil {
		err = errors.New("leader spoke out of turn")
	}
	k.shut(fmt.Errorf("stream to leader: %w", err))
	_ = conn.Close() // and the writer return
	writer.Wait()
}

// connect tries until the leader takes the stream; nil when ctx ends.
func (k *link) connect(ctx context.Context) net.Conn {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		if conn, err := k.greet(ctx); err == nil {
			return conn
		}
		k.moved() // perhaps he no longer leads
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// greet dials and asks the leader to take the stream.
func (k *link) greet(ctx context.Context) (net.Conn, error) {
	conn, err := k.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := k.ask(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// ask says hello and waits for the leader's yes.
func (k *link) ask(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(greetTime)); err != nil {
		return err
	}
	if _, err := conn.Write(appendHello(nil, k.hello)); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[0] != accepted {
		return fmt.Errorf("leader answered %d", answer[0])
	}
	return conn.SetDeadline(time.Time{})
}

// write sends what is queued, all of it in one call, while the next queue fills.
func (k *link) write(conn net.Conn) {
	var spare []byte
	for {
		batch := k.swap(spare)
		if batch == nil {
			return
		}
		if _, err := conn.Write(batch); err != nil {
			_ = conn.Close() // run sees it and says so
			return
		}
		if spare = batch[:0]; cap(spare) > 1<<20 {
			spare = nil
		}
	}
}

// swap waits for frames and takes all of them, leaving spare to be filled; nil when broken.
func (k *link) swap(spare []byte) (batch []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.queue) == 0 && k.cause == nil {
		k.filled.Wait()
	}
	k.mu.Unlock()
	runtime.Gosched() // whoever is about to propose, does: a write costs more than what is in it
	k.mu.Lock()
	if k.cause != nil {
		return nil
	}
	batch, k.queue = k.queue, spare
	k.full.vacate()
	return batch
}

// propose implements route.
func (k *link) propose(record []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case !k.up || k.cause != nil:
		return ErrNoLeader
	case len(k.queue)+len(record) > maxQueued:
		return ErrBusy
	}
	k.used = true
	k.add(frameRecord, record)
	return nil
}

// room implements route.
func (k *link) room() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.up || k.cause != nil || len(k.queue) < roomyQueued {
		return roomy
	}
	return k.full.wait()
}

// report sends data if there is room, and says whether there was.
func (k *link) report(data []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.up || k.cause != nil || len(k.queue)+len(data) > maxQueued {
		return false
	}
	k.add(frameReport, data)
	return true
}

func (k *link) add(kind byte, payload []byte) {
	k.queue = appendFrame(k.queue, kind, payload)
	k.filled.Signal()
}

func (k *link) setUp() {
	k.mu.Lock()
	k.up = true
	k.mu.Unlock()
	k.moved()
}

// open implements route.
func (k *link) open() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.up
}

// broken implements route.
func (k *link) broken() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cause
}

func (k *link) shut(why error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cause == nil {
		k.cause = why
		k.filled.Broadcast()
		k.full.vacate()
		k.moved()
	}
}

// close implements route.
func (k *link) close(why error) bool {
	k.shut(why)
	k.cancel()
	<-k.done
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.used
}
