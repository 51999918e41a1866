package coretest

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/grove-coordination/grove/core/replica"
)

var (
	_ net.Listener   = (*Door)(nil)
	_ replica.Dialer = (*Door)(nil)
)

// Door is one node's listener, and its way to the others.
type Door struct {
	network  *Network
	name     string
	incoming chan net.Conn
	closed   chan struct{} // nobody comes in any more
	dead     chan struct{} // nor goes out
	once     sync.Once
}

// port is that of every address on the network: nodes are known by their hosts.
const port = "2888"

// Listen opens the door of a name, in place of any before.
func (n *Network) Listen(name string) *Door {
	d := &Door{network: n, name: name, incoming: make(chan net.Conn), closed: make(chan struct{}), dead: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.doors[name] = d
	return d
}

// Accept implements net.Listener.
func (d *Door) Accept() (net.Conn, error) {
	select {
	case c := <-d.incoming:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (d *Door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

// Addr implements net.Listener.
func (d *Door) Addr() net.Addr { return address(net.JoinHostPort(d.name, port)) }

type address string

func (address) Network() string  { return "coretest" }
func (a address) String() string { return string(a) }

// DialContext implements replica.Dialer.
func (d *Door) DialContext(ctx context.Context, _, to string) (net.Conn, error) {
	to, _, _ = net.SplitHostPort(to)
	d.network.mu.Lock()
	there := d.network.doors[to]
	d.network.mu.Unlock()
	if there == nil {
		return nil, fmt.Errorf("dial %s: nobody has this name", to)
	}
	if !d.network.pass(ctx.Done(), d.name, to) {
		return nil, ctx.Err()
	}
	near, a := net.Pipe()
	b, far := net.Pipe()
	l := d.connect(there, func() { a.Close(); b.Close() })
	if l == nil {
		return nil, fmt.Errorf("dial %s: %s is dead", to, d.name)
	}
	select {
	case there.incoming <- far:
	case <-there.closed:
		l.end()
		return nil, fmt.Errorf("dial %s: refused", to)
	case <-ctx.Done():
		l.end()
		return nil, ctx.Err()
	}
	d.network.carrying.Go(func() { l.carry(a, b, way{d.name, to}) })
	d.network.carrying.Go(func() { l.carry(b, a, way{to, d.name}) })
	return near, nil
}
