package replica

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// The first byte of a connection to the peer port says what it is. They are no letters and no TLS record, so that
// whoever comes to the wrong port is turned away. Behind it, but for a question, come the 8 bytes of the cluster's id, big
// endian.
const (
	streamRaft    = 0xA1
	streamForward = 0xA2
	streamAsk     = 0xA3
)

// doors are what serves the streams that are not raft's, each until it ends.
type doors struct {
	forward, ask func(net.Conn)
	foreign      func(conn net.Conn, cluster clusterID) // hears of nodes of another cluster, which are turned away
	stranger     func(conn net.Conn, why error)         // hears of whoever else is turned away
}

// greetTime is how long a new connection may take to say what it is and who.
const greetTime = 3 * time.Second

// port is the one listener for the other nodes, and the way to theirs. It knows all connections made through it.
type port struct {
	listener net.Listener
	dialer   Dialer
	tls      *tls.Config
	doors    doors
	raft     chan net.Conn // to raft's transport
	cluster  clusterID     // set before start, and before raft dials
	part     chan struct{} // closed when this node takes part in raft, see muster.go; nil: it always has. Set before start

	ctx    context.Context // ends with close; everything that waits here waits for it too
	cancel context.CancelFunc

	mu    sync.Mutex // guards conns
	conns map[*peerConn]struct{}

	running sync.WaitGroup // accept, and its connections until they are raft's
}

// Dialer is what Config.Listener also is when it belongs to a network of its own, such as one of a test: the other nodes
// are reached through it.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

var _ Dialer = (*net.Dialer)(nil)

// openPort makes a port that can ask, and nothing else until start.
func openPort(listener net.Listener, config *tls.Config, doors doors) *port {
	p := &port{
		listener: listener, dialer: new(net.Dialer), tls: config, doors: doors,
		raft: make(chan net.Conn), conns: make(map[*peerConn]struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if own, ok := listener.(Dialer); ok {
		p.dialer = own
	}
	return p
}

// start begins to accept nodes of the cluster. Its goroutines end with close.
func (p *port) start() { p.running.Go(p.accept) }

func (p *port) accept() {
	for {
		conn, err := p.listener.Accept()
		if err == nil {
			p.running.Go(func() { p.greet(p.keep(conn)) })
			continue
		}
		select { // out of descriptors, perhaps
		case <-time.After(50 * time.Millisecond):
		case <-p.ctx.Done():
			return
		}
	}
}

// greet learns what a connection is and hands it over.
func (p *port) greet(raw *peerConn) {
	conn := net.Conn(raw)
	if p.tls != nil {
		conn = tls.Server(raw, p.tls)
	}
	_ = conn.SetDeadline(time.Now().Add(greetTime))
	kind, err := p.recognize(conn)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errForeign) && p.ctx.Err() == nil {
		p.doors.stranger(conn, err)
	}
	if err != nil || conn.SetDeadline(time.Time{}) != nil {
		_ = raw.Close()
		return
	}
	switch kind {
	case streamForward:
		p.doors.forward(conn)
	case streamAsk:
		p.doors.ask(conn)
	case streamRaft:
		if p.apart() {
			_ = raw.Close()
			return
		}
		select {
		case p.raft <- conn:
		case <-p.ctx.Done():
			_ = raw.Close()
		}
	}
}

var (
	errStranger = errors.New("this is no node of grove, or one of another version")
	errForeign  = errors.New("a node of another cluster")
	errSecret   = errors.New("it speaks TLS, and this node has no tls.peer_certificate")
)

// handshakeTLS is the first byte of whoever begins with TLS (RFC 8446, 5.1).
const handshakeTLS = 0x16

// apart reports whether this node takes no part in raft yet.
func (p *port) apart() bool {
	select {
	case <-p.part:
		return false
	default:
		return p.part != nil
	}
}

// recognize reads what a stream is, and of which cluster.
func (p *port) recognize(conn net.Conn) (kind byte, err error) {
	var head [9]byte
	if _, err := conn.Read(head[:1]); err != nil || head[0] == streamAsk {
		return head[0], err
	}
	switch head[0] {
	case streamRaft, streamForward:
	case handshakeTLS:
		return 0, errSecret
	default:
		return 0, errStranger
	}
	if _, err := io.ReadFull(conn, head[1:]); err != nil {
		return 0, err
	}
	if theirs := clusterID(binary.BigEndian.Uint64(head[1:])); theirs != p.cluster {
		p.doors.foreign(conn, theirs)
		return 0, errForeign
	}
	return head[0], nil
}

// greeting is what recognize reads.
func greeting(kind byte, cluster clusterID) []byte {
	if kind == streamAsk {
		return []byte{kind}
	}
	return binary.BigEndian.AppendUint64([]byte{kind}, uint64(cluster))
}

// dial opens a stream of the kind to another node.
func (p *port) dial(ctx context.Context, kind byte, addr string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	dialed, err := p.dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	raw := p.keep(dialed)
	conn, err := p.introduce(ctx, raw, kind, addr)
	if err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("peer %s: %w", addr, err)
	}
	return conn, nil
}

// introduce proves who is who, when there is TLS, and says what the stream is.
func (p *port) introduce(ctx context.Context, raw *peerConn, kind byte, addr string) (net.Conn, error) {
	conn := net.Conn(raw)
	if p.tls != nil {
		secure := tls.Client(raw, p.named(addr))
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secure
	}
	_, err := conn.Write(greeting(kind, p.cluster))
	return conn, err
}

// named is the TLS configuration that expects the certificate of addr.
func (p *port) named(addr string) *tls.Config {
	if p.tls.ServerName != "" || p.tls.InsecureSkipVerify {
		return p.tls
	}
	config := p.tls.Clone()
	config.ServerName, _, _ = net.SplitHostPort(addr) // it was dialed: it splits
	return config
}

// peerConn is a connection that its port knows.
type peerConn struct {
	net.Conn
	port *port
}

// keep makes conn known; a port that is closed closes it.
func (p *port) keep(conn net.Conn) *peerConn {
	c := &peerConn{conn, p}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		_ = conn.Close()
	} else {
		p.conns[c] = struct{}{}
	}
	return c
}

// Close implements net.Conn.
func (c *peerConn) Close() error {
	c.port.mu.Lock()
	delete(c.port.conns, c)
	c.port.mu.Unlock()
	return c.Conn.Close()
}

// close ends the listener and every connection, and waits for those that are not raft's.
func (p *port) close() error {
	p.cancel()
	err := p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Conn.Close()
	}
	clear(p.conns)
	p.mu.Unlock()
	p.running.Wait()
	return err
}

var _ raft.StreamLayer = (*raftLayer)(nil)

// raftLayer is raft's half of the port. Its address is the one by which the others know this node, and not the one it
// listens on: raft tells nodes apart by it when it votes, and two that listen on 0.0.0.0 would be the same.
type raftLayer struct {
	*port
	self string
}

// Accept implements net.Listener.
func (r *raftLayer) Accept() (net.Conn, error) {
	select {
	case conn := <-r.raft:
		return conn, nil
	case <-r.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Dial implements raft.StreamLayer.
func (r *raftLayer) Dial(addr raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	return r.dial(r.ctx, streamRaft, string(addr), timeout)
}

// Close implements net.Listener. The port has another user, and an owner who closes it.
func (r *raftLayer) Close() error { return nil }

// Addr implements net.Listener.
func (r *raftLayer) Addr() net.Addr { return peerAddr(r.self) }

type peerAddr string

func (peerAddr) Network() string  { return "tcp" }
func (a peerAddr) String() string { return string(a) }
