//go:build oracle

package oracle

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// Patience is how long a server may be silent; lifetime what every session asks for.
const (
	patience = 20 * time.Second
	lifetime = 30 * time.Second
)

// line is one connection, with its session.
type line struct {
	socket  net.Conn
	frames  *wire.Reader
	session wire.ConnectResponse
	asked   []question // sent and not answered
	last    int64      // the highest zxid of a reply
}

// question is a request on its way.
type question struct {
	xid int32
	op  sdk.Op
}

// heard is one frame from a server: the reply to op, or an event when that is nil.
type heard struct {
	op     *sdk.Op
	header wire.ReplyHeader
	reply  sdk.Message
	event  sdk.Event
}

// kind is what a frame is, without what it is about.
func (h *heard) kind() string {
	switch many := h.reply.Result.Multi; {
	case h.op == nil:
		return h.event.Kind.String()
	case len(many) > 0 && many[0].Kind == sdk.OpError:
		return fmt.Sprintf("%v undone", h.op.Kind)
	}
	return fmt.Sprintf("%v %d", h.op.Kind, h.header.Code)
}

func (h *heard) String() string {
	if h.op == nil {
		return fmt.Sprintf("event %v %q (%#x)", h.event.Kind, h.event.Path, h.event.Zxid)
	}
	return fmt.Sprintf("reply to %v %q at %#x: %d %+v", h.op.Kind, h.op.Path, h.header.Zxid, h.header.Code, h.reply.Result)
}

// errGone says that a server does not know a session.
var errGone = errors.New("the session is gone")

// dial opens a session, or takes up that of the line before.
func dial(addr string, before *line) (*line, error) {
	socket, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	l := &line{socket: socket, frames: wire.NewReader(socket, 16<<20)}
	request := wire.ConnectRequest{TimeoutMillis: int32(lifetime.Milliseconds()), Password: make([]byte, sdk.PasswordLen)}
	if before != nil {
		l.last = before.last
		request.LastZxidSeen, request.SessionID, request.Password = before.last, before.session.SessionID, before.session.Password[:]
	}
	if err := l.greet(&request); err != nil {
		socket.Close()
		return nil, err
	}
	return l, nil
}

func (l *line) greet(request *wire.ConnectRequest) error {
	if err := l.send(wire.AppendConnectRequest(nil, request)); err != nil {
		return err
	}
	frame, err := l.frames.Next()
	if err != nil {
		return err
	}
	if err := wire.DecodeConnectResponse(frame, &l.session); err != nil {
		return err
	}
	if l.session.SessionID == 0 {
		return errGone
	}
	return nil
}

// send writes whole frames, and gives the server patience to answer.
func (l *line) send(frames []byte) error {
	if err := l.socket.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := l.socket.Write(frames)
	return err
}

// ask sends requests in one go.
func (l *line) ask(questions ...question) error {
	var frames []byte
	for i := range questions {
		var err error
		if frames, err = wire.AppendRequest(frames, questions[i].xid, &questions[i].op); err != nil {
			return err
		}
	}
	l.asked = append(l.asked, questions...)
	return l.send(frames)
}

var ping = question{xid: wire.XidPing, op: sdk.Op{Kind: sdk.OpPing}}

// listen reads until all that was asked is answered, or, when it is to end, until the connection does.
func (l *line) listen(ends bool) (all []*heard, err error) {
	for ends || len(l.asked) > 0 {
		h, err := l.next()
		if err != nil {
			return all, err
		}
		all = append(all, h)
	}
	return all, nil
}

func (l *line) next() (*heard, error) {
	frame, err := l.frames.Next()
	if err != nil {
		return nil, err
	}
	h := new(heard)
	var body []byte
	if h.header, body, err = wire.DecodeReplyHeader(frame); err != nil {
		return nil, err
	}
	if h.header.Xid == wire.XidEvent {
		h.event, err = wire.DecodeEvent(h.header, body)
		return h, err
	}
	l.last = max(l.last, h.header.Zxid)
	i := slices.IndexFunc(l.asked, func(q question) bool { return q.xid == h.header.Xid })
	if i < 0 {
		return nil, fmt.Errorf("a reply that nobody asked for: %+v", h.header)
	}
	h.op = &l.asked[i].op
	l.asked = append(l.asked[:i:i], l.asked[i+1:]...)
	return h, wire.DecodeReply(h.header, h.op.Kind, body, &h.reply)
}

// hangUp closes the connection, not the session, and returns when the server has done so too.
func (l *line) hangUp() {
	defer l.socket.Close()
	if l.socket.(*net.TCPConn).CloseWrite() == nil && l.socket.SetDeadline(time.Now().Add(patience)) == nil {
		_, _ = io.Copy(io.Discard, l.socket) // until the end, or patience is
	}
}

// leave ends the session.
func (l *line) leave() {
	if err := l.ask(question{xid: 1, op: sdk.Op{Kind: sdk.OpCloseSession}}); err == nil {
		_, _ = l.listen(false) // it is over either way
	}
	l.socket.Close()
}

// ending puts how a connection ended in words that are the same for every server.
func ending(err error) string {
	var timeout net.Error
	switch {
	case err == nil:
		return "open"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "silent"
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.As(err, new(*net.OpError)):
		return "closed"
	}
	return err.Error()
}
