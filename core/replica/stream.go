package replica

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/hashicorp/raft"
)

// stream is the leader's end of a follower's link.
type stream struct {
	conn net.Conn
	done chan struct{} // closed when nothing more comes out of it
}

// end breaks the stream; whoever waits for done need not wait long.
func (s *stream) end() { _ = s.conn.Close() } // the reader sees it

// receive serves a forwarding stream that has come in, until it ends. It is refused, and may be tried again, when
// this node does not lead in the term that the follower believes in, or not yet.
func (l *Log) receive(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(greetTime)) // a connection that has no deadlines has ended
	h, err := readHello(conn)
	if err != nil {
		l.stranger(conn, err)
		return
	}
	d := l.leading.Load()
	if d == nil || d.term != h.term || !l.member(h.id) {
		l.logger.Debug("forwarding stream refused", "node", h.id, "term", h.term)
		return
	}
	err = d.serve(h.id, conn, func(data []byte) { l.machine.Report(h.id, data) })
	l.logger.Debug("forwarding stream ended", "node", h.id, "term", h.term, "error", err)
}

// stranger tells of who is turned away because nobody understands him: something that came to the wrong port, somebody
// without the right certificate, or a node that speaks another version.
func (l *Log) stranger(conn net.Conn, why error) {
	if l.bridge.said.news("stranger", time.Now()) {
		l.logger.Warn("a stranger at the peer port is turned away", "from", conn.RemoteAddr(), "error", why)
	}
}

// foreign tells of a node that does not belong here: an address, or a data folder, is wrong somewhere.
func (l *Log) foreign(conn net.Conn, theirs clusterID) {
	if l.bridge.said.news("foreign", time.Now()) {
		l.logger.Warn("a node of another cluster is turned away", "from", conn.RemoteAddr(), "its", theirs, "ours", l.cluster,
			"hint", "is cluster.members the same on every node?")
	}
}

// member reports whether id is another node of the cluster.
func (l *Log) member(id string) bool {
	for _, s := range l.servers() {
		if s.ID == raft.ServerID(id) {
			return id != l.cfg.ID
		}
	}
	return false
}

// serve takes records and reports from conn until either end breaks.
func (d *lead) serve(id string, conn net.Conn, report func([]byte)) error {
	s, err := d.admit(id, conn)
	if err != nil {
		return err
	}
	defer d.leave(id, s)
	if _, err := conn.Write([]byte{accepted}); err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	frames := frameReader{r: bufio.NewReaderSize(conn, 64<<10)}
	for {
		kind, payload, err := frames.next()
		if err != nil {
			return err
		}
		if kind == frameReport {
			report(append([]byte(nil), payload...))
		} else if err := d.forward(payload); err != nil {
			return err
		}
	}
}

// admit makes conn the stream of a follower. An older one is ended first, to its last byte: what it still holds was
// given up for lost, and must not come after what the new one brings.
func (d *lead) admit(id string, conn net.Conn) (*stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for old := d.streams[id]; old != nil; old = d.streams[id] {
		d.mu.Unlock()
		old.end()
		<-old.done
		d.mu.Lock()
	}
	if d.cause != nil {
		return nil, fmt.Errorf("term %d is over: %w", d.term, d.cause)
	}
	s := &stream{conn: conn, done: make(chan struct{})}
	d.streams[id] = s
	d.running.Add(1)
	return s, nil
}

func (d *lead) leave(id string, s *stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.streams, id)
	close(s.done)
	d.running.Done()
}

// followers are those who have a stream here, in order.
func (d *lead) followers() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.streams))
}

// expel ends the streams of those who are no members any more.
func (d *lead) expel(member func(id string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, s := range d.streams {
		if !member(id) {
			s.end()
		}
	}
}
