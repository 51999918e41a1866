package zookeeper

import (
	"context"
	"errors"
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
	frames  *wire.Reader
	out     outlet
	record  *record
}

func newConn(s *Server, socket net.Conn) *conn {
	r := &record{since: time.Now()}
	return &conn{
		server:  s,
		socket:  socket,
		address: address(socket.RemoteAddr()),
		frames:  wire.NewReader(socket, s.cfg.FrameLimit),
		out:     outlet{socket: socket, timeout: s.cfg.WriteTimeout, metrics: &s.cfg.Metrics, record: r},
		record:  r,
	}
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
		last, err := submit(ctx, session, frame, clock, &op)
		if err != nil {
			return err
		}
		if !last && batch < maxBatch && c.frames.Buffered() {
			continue
		}
		c.record.arrived(batch)
		c.server.cfg.Metrics.Received.Add(float64(batch))
		if err := c.out.drain(); err != nil {
			return err
		}
		if last {
			return c.ignore()
		}
		batch = 0
	}
}

// submit hands over one request, and reports whether the client is to hear nothing after its reply. What cannot be
// decoded is submitted as an error, so that it is answered in its turn. clock is when it came, op is scratch.
func submit(ctx context.Context, session sdk.Session, frame []byte, clock uint64, op *sdk.Op) (last bool, err error) {
	h, body, err := wire.DecodeRequestHeader(frame)
	if err != nil {
		return false, err
	}
	last = h.Kind == sdk.OpCloseSession
	if err := wire.DecodeRequest(h.Kind, body, op); err != nil {
		code := codeOf(err)
		last = code == sdk.CodeUnimplemented
		*op = sdk.Op{Kind: sdk.OpError, Version: int32(code)}
	}
	if h.Kind == sdk.OpPing {
		h.Xid = wire.XidPing
	}
	return last, session.Submit(ctx, cookie(h.Xid, last, clock), op)
}

// codeOf is the code in an error of wire.DecodeRequest.
func codeOf(err error) sdk.Code {
	code := sdk.CodeMarshallingError
	errors.As(err, &code)
	return code
}

// ignore reads on after the last request, so that the client's end is noticed and the last reply is not lost to
// requests that nobody read. The writer ends it by closing the socket.
func (c *conn) ignore() error {
	if _, err := io.Copy(io.Discard, c.socket); err != nil {
		return err
	}
	return io.EOF
}
