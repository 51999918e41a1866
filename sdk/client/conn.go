package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// conn is one connection of the session. Calls are sent by any goroutine, written by one, answered by another.
type conn struct {
	nc     net.Conn
	frames *wire.Reader
	idle   time.Duration // without a request for so long a ping is sent
	wake   chan struct{} // holds one when out has grown
	dead   chan struct{} // closed when the connection is broken

	mu     sync.Mutex // guards what follows
	xid    int32
	out    []byte  // frames that wait to be written
	calls  []*call // unanswered, in the order they were sent
	broken bool
}

// newConn takes over a connection that has its session.
func newConn(nc net.Conn, frames *wire.Reader, timeout time.Duration) *conn {
	return &conn{
		nc:     nc,
		frames: frames,
		idle:   timeout / 3,
		wake:   make(chan struct{}, 1),
		dead:   make(chan struct{}),
	}
}

// call is one operation that waits for its reply.
type call struct {
	xid   int32
	kind  sdk.OpKind
	path  string
	watch *Watch
	done  chan struct{} // closed when what follows is set
	reply sdk.Message
	err   error
}

// wait returns the reply, with its code as the error.
func (c *call) wait(ctx context.Context) (sdk.Message, error) {
	select {
	case <-c.done:
		return c.reply, c.err
	case <-ctx.Done():
		return sdk.Message{}, ctx.Err()
	}
}

func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// send puts an operation in line. It keeps nothing of it. The error is errBroken or says what is wrong with the
// operation; either way nothing is sent.
func (c *conn) send(op *sdk.Op, watch *Watch) (*call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return nil, errBroken
	}
	next := c.xid%math.MaxInt32 + 1
	out, err := wire.AppendRequest(c.out, next, op)
	if err != nil {
		return nil, err
	}
	if size := len(out) - len(c.out); size > requestLimit {
		return nil, fmt.Errorf("request of %d bytes, limit %d: %w", size, requestLimit, sdk.CodeBadArguments)
	}
	call := &call{xid: next, kind: op.Kind, path: op.Path, watch: watch, done: make(chan struct{})}
	c.xid, c.out, c.calls = next, out, append(c.calls, call)
	c.stir()
	return call, nil
}

// prime puts a request in line whose reply concerns nobody but the connection.
func (c *conn) prime(xid int32, op *sdk.Op) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out, err := wire.AppendRequest(c.out, xid, op)
	if err != nil {
		panic(fmt.Sprintf("request of the client's own: %v", err))
	}
	c.out = out
	c.stir()
}

func (c *conn) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// serve reads until the connection breaks, which is no error, or the session is over, which is. It returns when the
// writer has ended too and every call has its answer.
func (c *conn) serve(ctx context.Context, memory *memory) error {
	stop := context.AfterFunc(ctx, c.fail)
	defer stop()
	var writer sync.WaitGroup
	writer.Go(c.write)
	err := c.read(memory)
	c.fail()
	writer.Wait()
	if errors.Is(err, sdk.CodeAuthFailed) {
		return err
	}
	return ctx.Err()
}

// fail breaks the connection: what is unanswered is lost.
func (c *conn) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return
	}
	c.broken = true
	c.nc.Close()
	close(c.dead)
	for _, call := range c.calls {
		call.finish(sdk.CodeConnectionLoss)
	}
	c.calls = nil
}

// write sends what is in line, everything at once, and a ping when there is nothing for long.
func (c *conn) write() {
	ping := time.NewTimer(c.idle)
	defer ping.Stop()
	var spare []byte
	for {
		select {
		case <-c.dead:
			return
		case <-ping.C:
			c.prime(wire.XidPing, &sdk.Op{Kind: sdk.OpPing})
		case <-c.wake:
		}
		c.mu.Lock()
		batch := c.out
		c.out = spare[:0]
		c.mu.Unlock()
		if spare = batch; len(batch) == 0 {
			continue
		}
		if _, err := c.nc.Write(batch); err != nil {
			c.fail()
			return
		}
		ping.Reset(c.idle)
	}
}

// read takes replies and events as they come until there is something wrong.
func (c *conn) read(memory *memory) error {
	for {
		frame, err := c.frames.Next()
		if err != nil {
			return err
		}
		h, body, err := wire.DecodeReplyHeader(frame)
		if err == nil {
			err = c.take(h, body, memory)
		}
		if err != nil {
			return err
		}
	}
}

func (c *conn) take(h wire.ReplyHeader, body []byte, memory *memory) error {
	switch h.Xid {
	case wire.XidPing, wire.XidSetWatches:
		return nil
	case wire.XidAuth:
		return h.Code.Err()
	case wire.XidEvent:
		event, err := wire.DecodeEvent(h, body)
		if err == nil {
			memory.watches.fire(event)
		}
		return err
	}
	return c.answer(h, body, memory)
}

// answer gives the reply to the first call in line, whose it must be.
func (c *conn) answer(h wire.ReplyHeader, body []byte, memory *memory) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.calls) == 0 || c.calls[0].xid != h.Xid {
		return fmt.Errorf("reply to request %d out of order", h.Xid)
	}
	call := c.calls[0]
	if err := wire.DecodeReply(h, call.kind, body, &call.reply); err != nil {
		return err
	}
	c.calls = c.calls[1:]
	memory.saw(h.Zxid)
	memory.watch(call, h.Code)
	call.finish(h.Code.Err())
	return nil
}

// patient is a connection on which the other side must not stay silent for longer than limit.
type patient struct {
	net.Conn
	limit time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(p.limit)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(p.limit)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}
