package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

var (
	// errLast is why a connection ends after its last reply.
	errLast = errors.New("last reply sent")
	// errSlow is why one ends whose client does not read.
	errSlow = errors.New("the client does not read")
)

// outlet is the way from a session to its client, used by the reader and the writer of the connection.
type outlet struct {
	socket  net.Conn
	timeout time.Duration
	metrics *Metrics
	record  *record

	poller sdk.Poller      // nil for a session that is none
	wake   <-chan struct{} // of the poller

	settled chan sdk.Code // of capacity one: outcomes of credentials, for the reader that waits for each
	gone    chan struct{} // closed when the writer has ended

	mu    sync.Mutex // makes polling and writing one step; guards what is below
	ended error      // why nothing more is written
}

// open is called before anything is submitted.
func (o *outlet) open(session sdk.Session) {
	if o.poller, _ = session.(sdk.Poller); o.poller != nil {
		o.wake = o.poller.Wake()
	}
}

// run is the writer: it writes what others put into the outbox until the session ends or the client is gone.
func (o *outlet) run(ctx context.Context, session sdk.Session) error {
	if o.poller == nil {
		return o.receive(ctx, session)
	}
	for range o.wake {
		if err := o.drain(); err != nil {
			return err
		}
	}
	if err := o.drain(); err != nil {
		return err
	}
	_, why := session.Next(ctx, make([]sdk.Message, 1)) // it has ended: nothing is waited for
	return why
}

// receive is run for a session that can only be waited for.
func (o *outlet) receive(ctx context.Context, session sdk.Session) error {
	b := batches.Get().(*batch)
	defer b.release()
	for {
		n, ended := session.Next(ctx, b.messages[:])
		if err := o.write(b, n); err != nil {
			return err
		}
		if err := o.flush(b); err != nil {
			return err
		}
		if ended != nil {
			return ended
		}
	}
}

// drain writes what can be taken from the session without waiting, which is nothing when it is no poller. The error
// says why nothing will be written any more.
func (o *outlet) drain() error {
	if o.poller == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended != nil {
		return o.ended
	}
	b := batches.Get().(*batch)
	defer b.release()
	for n := len(b.messages); n == len(b.messages) && o.ended == nil; {
		n = o.poller.Poll(b.messages[:])
		o.ended = o.write(b, n)
	}
	if o.ended == nil {
		o.ended = o.flush(b)
	}
	return o.ended
}

// write encodes the first n messages and forgets them; what fills a batch, and the last reply, it sends.
func (o *outlet) write(b *batch, n int) error {
	defer clear(b.messages[:n])
	if n == 0 {
		return nil
	}
	o.metrics.Sent.Add(float64(n))
	if took, replied := o.record.left(b.messages[:n]); replied {
		o.metrics.Latency.Observe(took.Seconds())
	}
	for i := range b.messages[:n] {
		last := b.append(&b.messages[i])
		if m := &b.messages[i]; m.Event == nil && (m.Kind == sdk.OpAuth || m.Kind == sdk.OpSASL) {
			o.settle(m.Code)
		}
		if !last && len(b.out) < fullBatch {
			continue
		}
		if err := o.flush(b); err != nil {
			return err
		}
		if last {
			return errLast
		}
	}
	return nil
}

// settle tells the reader what came of a credential. It waits for one at a time.
func (o *outlet) settle(code sdk.Code) {
	select {
	case o.settled <- code:
	default:
	}
}

// flush sends what is encoded.
func (o *outlet) flush(b *batch) error {
	if len(b.out) == 0 {
		return nil
	}
	err := o.send(b.out)
	b.out = b.out[:0]
	return err
}

// send is one write to the socket. A client that does not take it in time is given up.
func (o *outlet) send(frames []byte) error {
	if err := o.socket.SetWriteDeadline(time.Now().Add(o.timeout)); err != nil {
		return err
	}
	_, err := o.socket.Write(frames)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w", errSlow, err)
	}
	return err
}

// fullBatch is how many bytes are written at once without looking for more.
const fullBatch = 64 << 10

// batch is what one drain works with. Connections that have nothing to write hold none.
type batch struct {
	messages [64]sdk.Message
	out      []byte
}

var batches = sync.Pool{New: func() any { return new(batch) }}

func (b *batch) release() {
	if b.out = b.out[:0]; cap(b.out) > 4*fullBatch {
		b.out = nil
	}
	batches.Put(b)
}

// append encodes one message, and reports whether the client is to hear nothing after it.
func (b *batch) append(m *sdk.Message) (last bool) {
	if m.Event != nil {
		b.out = wire.AppendEvent(b.out, m.Event)
		return false
	}
	if m.Cookie&cookieSASL != 0 {
		m.Kind = sdk.OpSASL // what was asked; its failure has a form of its own
	}
	b.out = wire.AppendReply(b.out, int32(uint32(m.Cookie)), m)
	return m.Cookie&cookieLast != 0 || m.Kind == sdk.OpAuth && m.Code != sdk.OK
}
