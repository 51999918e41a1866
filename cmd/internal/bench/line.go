package bench

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

const (
	patience       = 10 * time.Second // with a server that says nothing
	sessionTimeout = 30 * time.Second
	replyLimit     = 16 << 20
)

// asked is a request without its reply.
type asked struct {
	xid  int32
	kind sdk.OpKind
	at   time.Time // zero until it is written
}

// A line is one session on one connection. One goroutine uses it.
type line struct {
	nc      net.Conn
	frames  *wire.Reader
	out     []byte
	open    []asked // oldest first
	waiting int     // how many of open, the newest, are not written yet
	xid     int32
}

// dial opens a session.
func dial(ctx context.Context, server string) (*line, error) {
	nc, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	l := &line{nc: nc, frames: wire.NewReader(nc, replyLimit)}
	if err := l.login(); err != nil {
		nc.Close()
		return nil, fmt.Errorf("%s: no session: %w", server, err)
	}
	return l, nil
}

func (l *line) login() error {
	if err := l.nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
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

// ask puts a request in line. It is sent by flush.
func (l *line) ask(op *sdk.Op) error {
	l.xid++
	out, err := wire.AppendRequest(l.out, l.xid, op)
	if err != nil {
		return err
	}
	l.out = out
	l.open = append(l.open, asked{xid: l.xid, kind: op.Kind})
	l.waiting++
	return nil
}

// flush sends what was asked, all at once.
func (l *line) flush() error {
	if l.waiting == 0 {
		return nil
	}
	now := time.Now()
	for i := len(l.open) - l.waiting; i < len(l.open); i++ {
		l.open[i].at = now
	}
	l.waiting = 0
	if err := l.nc.SetDeadline(now.Add(patience)); err != nil {
		return err
	}
	_, err := l.nc.Write(l.out)
	l.out = l.out[:0]
	return err
}

// heard is one reply or event.
type heard struct {
	event bool
	code  sdk.Code
	took  time.Duration // of a reply
}

// hear waits for the next reply or event.
func (l *line) hear() (heard, error) {
	frame, err := l.frames.Next()
	if err != nil {
		return heard{}, err
	}
	h, _, err := wire.DecodeReplyHeader(frame)
	switch {
	case err != nil:
		return heard{}, err
	case h.Xid == wire.XidEvent:
		return heard{event: true}, nil
	case len(l.open) == l.waiting || l.open[0].xid != h.Xid:
		return heard{}, fmt.Errorf("reply to request %d out of order", h.Xid)
	}
	was := l.open[0]
	if l.open = l.open[1:]; len(l.open) == 0 {
		l.open = nil
	}
	return heard{code: h.Code, took: time.Since(was.at)}, nil
}

// do asks one operation and waits for its reply.
func (l *line) do(op *sdk.Op) (heard, error) {
	if err := l.ask(op); err != nil {
		return heard{}, err
	}
	if err := l.flush(); err != nil {
		return heard{}, err
	}
	for {
		if h, err := l.hear(); err != nil || !h.event {
			return h, err
		}
	}
}

// close ends the session.
func (l *line) close() {
	_, _ = l.do(&sdk.Op{Kind: sdk.OpCloseSession}) // the server ends it by its time-out otherwise
	l.nc.Close()
}
