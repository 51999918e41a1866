package zookeeper_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for what must come.
const patience = 10 * time.Second

// start serves host on a free port of loopback until the test ends, and then checks that every session was let go of.
func start(t testing.TB, host *fakeHost, cfg zookeeper.Config) (address string, stop func()) {
	t.Helper()
	address, end := serve(t, host, cfg)
	stop = func() {
		end()
		if n := host.open(); n != 0 {
			t.Errorf("%d sessions left open", n)
		}
	}
	t.Cleanup(stop)
	return address, stop
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// client is a raw end of a connection.
type client struct {
	t       testing.TB
	socket  net.Conn
	frames  *wire.Reader
	session wire.ConnectResponse
	xid     int32 // of the last request of must
}

func dial(t testing.TB, address string) *client {
	t.Helper()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, socket)
}

func newClient(t testing.TB, socket net.Conn) *client {
	t.Cleanup(func() { socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{t: t, socket: socket, frames: wire.NewReader(socket, 16<<20)}
}

// connected is a client that has shaken hands.
func connected(t testing.TB, address string) *client {
	t.Helper()
	c := dial(t, address)
	c.greet()
	return c
}

func (c *client) greet() {
	c.t.Helper()
	c.session = c.shake(&wire.ConnectRequest{TimeoutMillis: 10000})
}

// shake sends a handshake that must be answered.
func (c *client) shake(request *wire.ConnectRequest) (response wire.ConnectResponse) {
	c.t.Helper()
	c.write(wire.AppendConnectRequest(nil, request))
	frame, err := c.frames.Next()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := wire.DecodeConnectResponse(frame, &response); err != nil {
		c.t.Fatal(err)
	}
	return response
}

// write sends bytes; a server that has hung up already is seen by the read after it.
func (c *client) write(b []byte) { _, _ = c.socket.Write(b) }

func (c *client) ask(xid int32, op sdk.Op) {
	c.t.Helper()
	frame, err := wire.AppendRequest(nil, xid, &op)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(frame)
}

// answer reads one frame that must be there, and returns its header and its body.
func (c *client) answer() (wire.ReplyHeader, []byte) {
	c.t.Helper()
	frame, err := c.frames.Next()
	if err != nil {
		c.t.Fatal(err)
	}
	h, body, err := wire.DecodeReplyHeader(frame)
	if err != nil {
		c.t.Fatal(err)
	}
	return h, body
}

// expectAnswer reads the reply to xid.
func (c *client) expectAnswer(xid int32, code sdk.Code) {
	c.t.Helper()
	if h, _ := c.answer(); h.Xid != xid || h.Code != code {
		c.t.Fatalf("got %+v, want the reply %v to %d", h, code, xid)
	}
}

// expectClosed reads up to the end, which must come without another frame.
func (c *client) expectClosed() {
	c.t.Helper()
	frame, err := c.frames.Next()
	if err == nil {
		c.t.Fatalf("got %x, want the connection closed", frame)
	}
	c.isEnd(err)
}

// isEnd checks that err says that the server has hung up. It is a reset where the server did not read all.
func (c *client) isEnd(err error) {
	c.t.Helper()
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatalf("want the connection closed: %v", err)
	}
}
