package client

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is the other end of a client under test. The test plays it: it takes connections, says what it expects and
// what it answers.
type server struct {
	t  *testing.T
	ln net.Listener
}

func newServer(t *testing.T) *server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return &server{t: t, ln: ln}
}

func (s *server) addr() string { return s.ln.Addr().String() }

// accept waits for the next connection and its handshake.
func (s *server) accept() (*peer, wire.ConnectRequest) {
	s.t.Helper()
	nc, err := s.ln.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	p := &peer{t: s.t, nc: nc, frames: wire.NewReader(nc, 1<<20)}
	var hello wire.ConnectRequest
	if err := wire.DecodeConnectRequest(p.frame(), &hello); err != nil {
		s.t.Fatal(err)
	}
	hello.Password = append([]byte(nil), hello.Password...)
	return p, hello
}

// peer is the server's end of one connection.
type peer struct {
	t      *testing.T
	nc     net.Conn
	frames *wire.Reader
}

func (p *peer) frame() []byte {
	p.t.Helper()
	frame, err := p.frames.Next()
	if err != nil {
		p.t.Fatal(err)
	}
	return frame
}

func (p *peer) write(frame []byte) {
	p.t.Helper()
	if _, err := p.nc.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

var testPassword = [sdk.PasswordLen]byte{1, 2, 3}

// welcome gives session 7 with a time-out.
func (p *peer) welcome(timeout time.Duration) *peer {
	p.write(wire.AppendConnectResponse(nil, &wire.ConnectResponse{
		TimeoutMillis: int32(timeout.Milliseconds()), SessionID: 7, Password: testPassword,
	}))
	return p
}

// expect takes a request of a kind and returns its xid and what it says.
func (p *peer) expect(kind sdk.OpKind) (int32, sdk.Op) {
	p.t.Helper()
	h, body, err := wire.DecodeRequestHeader(append([]byte(nil), p.frame()...))
	if err != nil {
		p.t.Fatal(err)
	}
	var op sdk.Op
	if err := wire.DecodeRequest(h.Kind, body, &op); err != nil {
		p.t.Fatal(err)
	}
	if op.Kind != kind {
		p.t.Fatalf("request %v, want %v", op.Kind, kind)
	}
	return h.Xid, op
}

func (p *peer) reply(xid int32, m sdk.Message) {
	p.t.Helper()
	p.write(wire.AppendReply(nil, xid, &m))
}

func (p *peer) event(e sdk.Event) {
	p.t.Helper()
	p.write(wire.AppendEvent(nil, &e))
}

// gone waits until the client has hung up.
func (p *peer) gone() {
	p.t.Helper()
	if _, err := p.frames.Next(); !errors.Is(err, io.EOF) {
		p.t.Fatalf("connection: %v, want its end", err)
	}
}

// dial starts a client of servers. Its end is not part of the test: no server confirms it.
func dial(t *testing.T, config Config) <-chan *Client {
	t.Helper()
	ready := make(chan *Client, 1)
	go func() {
		defer close(ready)
		c, err := Dial(t.Context(), config)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { c.stop(); <-c.done })
		ready <- c
	}()
	return ready
}

// connected is a client and the server's end of its first connection.
func connected(t *testing.T) (*server, *peer, *Client) {
	t.Helper()
	s := newServer(t)
	ready := dial(t, Config{Servers: []string{s.addr()}})
	p, _ := s.accept()
	p.welcome(time.Minute)
	return s, p, <-ready
}

// later runs a call of the client while the test plays the server.
func later[T any](call func() (T, error)) func() (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := call()
		done <- outcome{value, err}
	}()
	return func() (T, error) {
		got := <-done
		return got.value, got.err
	}
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
