package zookeeper

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// maxBatch is how many requests are submitted before their answers are looked at, however many more have arrived.
const maxBatch = 128

// conn is one client's connection, as its reader sees it.
type conn struct {
	server  *Server
	socket  net.Conn
	address string // of the client, without its port
	source  source
	frames  *wire.Reader
	gate    gate
	scheme  string // that the credential proves which is on its way to the session; "" for none to be noted
	out     outlet
	record  *record
}

func newConn(s *Server, socket net.Conn) *conn {
	r := &record{since: time.Now()}
	c := &conn{
		server:  s,
		socket:  socket,
		address: address(socket.RemoteAddr()),
		source:  source{socket: socket},
		gate:    newGate(&s.cfg, s.users),
		out: outlet{
			socket: socket, timeout: s.cfg.WriteTimeout, metrics: &s.cfg.Metrics, record: r,
			settled: make(chan sdk.Code, 1), gone: make(chan struct{}),
		},
		record: r,
	}
	c.frames = wire.NewReader(&c.source, s.cfg.readLimit())
	return c
}

// serve runs the connection to its end, which is the error's to explain.
func (c *conn) serve(ctx context.Context, host sdk.Host) error {
	session, err := c.handshake(ctx, host)
	if err != nil {
		return err
	}
	letGo := sync.OnceFunc(func() { session.Close() })
	c.record.open(session.Info())
	c.out.open(session)
	var written error
	var writer sync.WaitGroup
	writer.Go(func() {
		written = c.out.run(ctx, session)
		c.socket.Close()
		close(c.out.gone)
		letGo()
	})
	err = c.read(ctx, session)
	letGo()
	writer.Wait()
	return fmt.Errorf("reader: %w; writer: %w", err, written)
}

// read submits what comes, and answers what is answered once it has submitted all that one read of the socket brought.
func (c *conn) read(ctx context.Context, session sdk.Session) error {
	var op sdk.Op
	var clock uint64 // when the batch came
	for batch := 1; ; batch++ {
		frame, err := c.frames.Next()
		if err != nil {
			return err
		}
		if batch == 1 {
			clock = c.record.clock(time.Now())
		}
		next, err := c.submit(ctx, session, frame, clock, &op)
		if err != nil {
			return err
		}
		if next == goOn && batch < maxBatch && c.frames.Buffered() {
			continue
		}
		if err := c.answerBatch(batch, next); err != nil {
			return err
		}
		batch = 0
	}
}

// answerBatch writes what is answered of the requests that were submitted last, and does what comes after them.
func (c *conn) answerBatch(batch int, next sequel) error {
	c.record.arrived(batch)
	c.server.cfg.Metrics.Received.Add(float64(batch))
	if err := c.out.drain(); err != nil {
		return err
	}
	switch next {
	case settle:
		return c.settle()
	case hangUp:
		return c.ignore()
	}
	return nil
}

// ignore reads on after the last request, so that the client's end is noticed and the last reply is not lost to
// requests that nobody read. The writer ends it by closing the socket.
func (c *conn) ignore() error {
	if _, err := io.Copy(io.Discard, c.socket); err != nil {
		return err
	}
	return io.EOF
}
