package zookeeper_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

func TestServeAndStop(t *testing.T) {
	listener := listen(t)
	server := zookeeper.New(zookeeper.Config{Listener: listener})
	if _, err := server.Ready(); err == nil {
		t.Error("ready before Serve")
	}
	host := newFakeHost()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, host) }()

	idle, half := connected(t, listener.Addr().String()), dial(t, listener.Addr().String())
	half.write([]byte{0, 0})
	if where, err := server.Ready(); where != listener.Addr().String() || err != nil {
		t.Errorf("ready at %q, %v", where, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	idle.expectClosed()
	half.expectClosed()
	if _, err := server.Ready(); err == nil {
		t.Error("ready after Serve")
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the port is still open: %v", err)
	}
	if n := host.open(); n != 0 {
		t.Errorf("%d sessions left open", n)
	}
}

func TestPortInUse(t *testing.T) {
	taken := listen(t)
	defer taken.Close()
	err := zookeeper.New(zookeeper.Config{Listen: taken.Addr().String()}).Serve(t.Context(), newFakeHost())
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("got %v", err)
	}
}

// TestAcceptGoesOn: failures to accept pass.
func TestAcceptGoesOn(t *testing.T) {
	flaky := &flakyListener{Listener: listen(t)}
	flaky.failures.Store(2)
	address, _ := start(t, newFakeHost(), zookeeper.Config{Listener: flaky})
	connected(t, address)
}

type flakyListener struct {
	net.Listener
	failures atomic.Int32
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, syscall.EMFILE
	}
	return l.Listener.Accept()
}

// TestListenerLost: a listener that somebody else closed is a fault.
func TestListenerLost(t *testing.T) {
	listener := listen(t)
	listener.Close()
	err := zookeeper.New(zookeeper.Config{Listener: listener}).Serve(t.Context(), newFakeHost())
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	// Borrowed for its certificate and for a client that trusts it.
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	trust := lender.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trust.ServerName = "example.com"
	address, _ := start(t, newFakeHost(), zookeeper.Config{TLS: &tls.Config{Certificates: lender.TLS.Certificates}})
	socket, err := tls.Dial("tcp", address, trust)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, socket)
	c.greet()
	c.ask(1, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
	c.expectAnswer(1, sdk.CodeNoNode)
}

func TestLogin(t *testing.T) {
	host := newFakeHost()
	address, stop := start(t, host, zookeeper.Config{})
	c := dial(t, address)
	c.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{LastZxidSeen: 1, TimeoutMillis: 4000, SessionID: 9,
		Password: []byte("secret")}))
	if _, err := c.frames.Next(); err != nil {
		t.Fatal(err)
	}
	c.expectClosed()
	stop()
	got := host.opened[0]
	if got.SessionID != 9 || string(got.Password) != "secret" || got.Timeout != 4*time.Second || got.LastZxid != 1 ||
		len(got.Identities) != 1 || got.Identities[0] != (sdk.Identity{Scheme: "ip", ID: "127.0.0.1"}) {
		t.Errorf("got %+v", got)
	}
}

// TestReadOnly: what the host says of a session reaches its client, in the form that it asked in.
func TestReadOnly(t *testing.T) {
	host := newFakeHost()
	host.readOnly = true
	address, stop := start(t, host, zookeeper.Config{})
	for _, request := range []wire.ConnectRequest{{ReadOnly: true}, {ReadOnly: false}, {Short: true}} {
		got := dial(t, address).shake(&request)
		if got.ReadOnly == request.Short || got.Short != request.Short {
			t.Errorf("%+v is answered with %+v", request, got)
		}
	}
	stop()
	for i, want := range []bool{true, false, false} {
		if got := host.opened[i].ReadOnly; got != want {
			t.Errorf("handshake %d is content with reading: %t", i, got)
		}
	}
}

// TestNotServing: while there is no quorum nobody is answered.
func TestNotServing(t *testing.T) {
	host := newFakeHost()
	host.refuse = sdk.ErrNotServing
	address, _ := start(t, host, zookeeper.Config{})
	c := dial(t, address)
	c.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{}))
	c.expectClosed()
}

func TestMetrics(t *testing.T) {
	host := newFakeHost()
	var open, received, sent meter
	address, stop := start(t, host, zookeeper.Config{Metrics: zookeeper.Metrics{Connections: &open, Received: &received, Sent: &sent}})
	c := connected(t, address)
	if n := open.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	for xid := range int32(3) {
		c.ask(xid, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
		c.expectAnswer(xid, sdk.CodeNoNode)
	}
	stop()
	if open.Load() != 0 || received.Load() != 3 || sent.Load() != 3 {
		t.Errorf("%d connections, %d received, %d sent", open.Load(), received.Load(), sent.Load())
	}
}

type meter struct{ atomic.Int64 }

func (m *meter) Add(delta float64) { m.Int64.Add(int64(delta)) }
