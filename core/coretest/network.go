package coretest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/grove-coordination/grove/core/replica"
)

// Network connects nodes by name. Between two that are cut off from each other nothing moves, and nothing breaks: what
// was sent arrives when they are joined again, if anybody still waits for it.
type Network struct {
	mu    sync.Mutex // guards all below
	doors map[string]*Door
	cuts  map[[2]string]bool
	slow  map[string]time.Duration // at most this much later, whatever goes to it
	moved chan struct{}            // closed when cuts have changed
	rand  *rand.Rand

	carrying sync.WaitGroup // the goroutines of the connections
}

// NewNetwork is one where all can reach all; seed is of its delays.
func NewNetwork(seed uint64) *Network {
	return &Network{
		doors: make(map[string]*Door), cuts: make(map[[2]string]bool), slow: make(map[string]time.Duration),
		moved: make(chan struct{}), rand: rand.New(rand.NewPCG(seed, 1)),
	}
}

// Cut parts a from b, both ways.
func (n *Network) Cut(a, b string) {
	n.change(func() { n.cuts[[2]string{a, b}], n.cuts[[2]string{b, a}] = true, true })
}

// Slow makes what goes to name late, by as much as most.
func (n *Network) Slow(name string, most time.Duration) { n.change(func() { n.slow[name] = most }) }

// Heal ends all cuts and delays.
func (n *Network) Heal() { n.change(func() { clear(n.cuts); clear(n.slow) }) }

func (n *Network) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	close(n.moved)
	n.moved = make(chan struct{})
}

// pass waits until something may go from one to the other, or done.
func (n *Network) pass(done <-chan struct{}, from, to string) bool {
	for {
		cut, moved, delay := n.look(from, to)
		if !cut {
			time.Sleep(delay)
			return true
		}
		select {
		case <-moved:
		case <-done:
			return false
		}
	}
}

func (n *Network) look(from, to string) (cut bool, moved <-chan struct{}, delay time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delay = 50*time.Microsecond + time.Duration(n.rand.Int64N(int64(100*time.Microsecond+n.slow[to])))
	return n.cuts[[2]string{from, to}], n.moved, delay
}

var (
	_ net.Listener   = (*Door)(nil)
	_ replica.Dialer = (*Door)(nil)
)

// Door is one node's listener, and its way to the others.
type Door struct {
	network  *Network
	name     string
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Listen opens the door of a name, in place of any before.
func (n *Network) Listen(name string) *Door {
	d := &Door{network: n, name: name, incoming: make(chan net.Conn), closed: make(chan struct{})}
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
func (d *Door) Addr() net.Addr { return address(d.name) }

type address string

func (address) Network() string  { return "coretest" }
func (a address) String() string { return string(a) }

// DialContext implements replica.Dialer.
func (d *Door) DialContext(ctx context.Context, _, to string) (net.Conn, error) {
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
	select {
	case there.incoming <- far:
	case <-there.closed:
		return nil, fmt.Errorf("dial %s: refused", to)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	over := make(chan struct{})
	end := sync.OnceFunc(func() { close(over); a.Close(); b.Close() })
	d.network.carrying.Go(func() { d.network.carry(a, b, d.name, to, over, end) })
	d.network.carrying.Go(func() { d.network.carry(b, a, to, d.name, over, end) })
	return near, nil
}

// carry moves bytes one way, until either side closes.
func (n *Network) carry(in, out net.Conn, from, to string, over <-chan struct{}, end func()) {
	defer end()
	buf := make([]byte, 64<<10)
	for {
		count, err := in.Read(buf)
		if err != nil || !n.pass(over, from, to) {
			return
		}
		if _, err := out.Write(buf[:count]); err != nil {
			return
		}
	}
}
