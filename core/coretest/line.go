package coretest

import (
	"net"
	"sync"
)

// line is a connection between two doors.
type line struct {
	network   *Network
	near, far *Door
	over      chan struct{} // closed when it has ended
	end       func()
}

// connect draws a line; nil when this door is a dead one's.
func (d *Door) connect(there *Door, hangUp func()) *line {
	l := &line{network: d.network, near: d, far: there, over: make(chan struct{})}
	l.end = sync.OnceFunc(func() {
		close(l.over)
		hangUp()
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.lines, l)
	})
	d.network.mu.Lock()
	defer d.network.mu.Unlock()
	select {
	case <-d.dead:
		return nil
	default:
		d.network.lines[l] = struct{}{}
		return l
	}
}

// carry moves bytes one way, until either side closes.
func (l *line) carry(in, out net.Conn, w way) {
	defer l.end()
	buf := make([]byte, 64<<10)
	for {
		count, err := in.Read(buf)
		if err != nil || !l.network.pass(l.over, w.from, w.to) {
			return
		}
		if _, err := out.Write(buf[:count]); err != nil {
			return
		}
	}
}

// Break ends the connections between a and b. They may make new ones at once.
func (n *Network) Break(a, b string) {
	n.hangUp(func(l *line) bool {
		return l.near.name == a && l.far.name == b || l.near.name == b && l.far.name == a
	})
}

// Vanish is what becomes of a door when its process dies: it is closed and all its connections end. Whoever still holds
// it reaches nobody.
func (d *Door) Vanish() {
	d.network.mu.Lock()
	close(d.dead)
	d.network.mu.Unlock()
	_ = d.Close() // never fails
	d.network.hangUp(func(l *line) bool { return l.near == d || l.far == d })
}

func (n *Network) hangUp(these func(*line) bool) {
	n.mu.Lock()
	var list []*line
	for l := range n.lines {
		if these(l) {
			list = append(list, l)
		}
	}
	n.mu.Unlock()
	for _, l := range list {
		l.end()
	}
}
