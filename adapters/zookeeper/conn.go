package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// maxBatch is how many requests are submitted before their answers are looked at, however many more have arrived.
const maxBatch = 128

// conn is one client's connection, as its reader sees it.
type conn struct {
	server *Server
	socket net.Conn
	frames *wire.Reader
	out    outlet
}

func newConn(s *Server, socket net.Conn) *conn {
	return &conn{
		server: s,
		socket: socket,
		frames: wire.NewReader(socket, s.cfg.FrameLimit),
		out:    outlet{socket: socket, timeout: s.cfg.WriteTimeout, sent: s.cfg.Metrics.Sent},
	}
}

// serve runs the connection to its end, which is the error's to explain.
func (c *conn) serve(ctx context.Context, host sdk.Host) error {
	session, err := c.handshake(ctx, host)
	if err != nil {
		return err
	}
	letGo := sync.OnceFunc(func() { session.Close() })
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
	for batch := 1; ; batch++ {
		frame, err := c.frames.Next()
		if err != nil {
			return err
		}
		last, err := submit(ctx, session, frame, &op)
		if err != nil {
			return err
		}
		if !last && batch < maxBatch && c.frames.Buffered() {
			continue
		}
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
// decoded is submitted as an error, so that it is answered in its turn. op is scratch.
func submit(ctx context.Context, session sdk.Session, frame []byte, op *sdk.Op) (last bool, err error) {
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
	return last, session.Submit(ctx, cookie(h.Xid, last), op)
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

// cookieLast marks the cookie of a request after whose reply the connection is closed.
const cookieLast = 1 << 32

// cookie is what a request is submitted with: its xid, and whether it is the last.
func cookie(xid int32, last bool) uint64 {
	if last {
		return uint64(uint32(xid)) | cookieLast
	}
	return uint64(uint32(xid))
}
