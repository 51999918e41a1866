package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// A line is one session of ZooKeeper's protocol. One goroutine uses it.
type line struct {
	nc     net.Conn
	frames *wire.Reader
	out    []byte
	xid    int32
}

const (
	patience       = 20 * time.Second // with a server that says nothing, unless the context ends first
	sessionTimeout = 30 * time.Second
)

// dial opens a session.
func dial(ctx context.Context, server string) (*line, error) {
	nc, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	l := &line{nc: nc, frames: wire.NewReader(nc, 1<<20)}
	if err := l.login(ctx); err != nil {
		nc.Close()
		return nil, fmt.Errorf("%s: no session: %w", server, err)
	}
	return l, nil
}

func (l *line) login(ctx context.Context) error {
	l.bound(ctx)
	hello := wire.ConnectRequest{TimeoutMillis: int32(sessionTimeout.Milliseconds()), Password: make([]byte, sdk.PasswordLen)}
	if _, err := l.nc.Write(wire.AppendConnectRequest(nil, &hello)); err != nil {
		return err
	}
	body, err := l.frames.Next()
	if err != nil {
		return err
	}
	var welcome wire.ConnectResponse
	return wire.DecodeConnectResponse(body, &welcome)
}

// bound limits everything until it is called again.
func (l *line) bound(ctx context.Context) {
	limit := time.Now().Add(patience)
	if until, ok := ctx.Deadline(); ok && until.Before(limit) {
		limit = until
	}
	_ = l.nc.SetDeadline(limit) // on a closed connection the next call says so
}

// ask puts a request in line; flush sends what is.
func (l *line) ask(op *sdk.Op) (err error) {
	l.xid++
	l.out, err = wire.AppendRequest(l.out, l.xid, op)
	return err
}

func (l *line) flush(ctx context.Context) error {
	l.bound(ctx)
	_, err := l.nc.Write(l.out)
	l.out = l.out[:0]
	return err
}

// hear takes the next reply, which must be a good one.
func (l *line) hear() error {
	frame, err := l.frames.Next()
	if err != nil {
		return err
	}
	h, _, err := wire.DecodeReplyHeader(frame)
	return errors.Join(err, h.Code.Err())
}

// do asks one thing and waits for its answer.
func (l *line) do(ctx context.Context, op *sdk.Op) error {
	if err := errors.Join(l.ask(op), l.flush(ctx)); err != nil {
		return err
	}
	return l.hear()
}

// close ends the session.
func (l *line) close(ctx context.Context) {
	_ = l.do(ctx, &sdk.Op{Kind: sdk.OpCloseSession}) // its time-out ends it otherwise
	l.nc.Close()
}
