package replica

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of a test: only a test that fails waits so long.
const patience = 30 * time.Second

var discard = slog.New(slog.DiscardHandler)

// bell rings when any recorder has changed.
var bell = struct {
	sync.Mutex // guards next
	next       chan struct{}
}{next: make(chan struct{})}

func ring() {
	bell.Lock()
	defer bell.Unlock()
	close(bell.next)
	bell.next = make(chan struct{})
}

// eventually waits until ok holds, looking whenever the bell rings.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for {
		bell.Lock()
		next := bell.next
		bell.Unlock()
		if ok() {
			return
		}
		select {
		case <-next:
		case <-late:
			t.Fatalf("%s: not after %v", what, patience)
		}
	}
}

// recorder is a Machine that remembers what it was told.
type recorder struct {
	mu      sync.Mutex // guards all below
	records []string   // the state
	entries []string   // index/term time records
	events  []string   // Lead, Follow and Lost, in order
	reports []string
	last    string   // of the entries
	changes []string // last entry: members then, an observer with a star
	leads   bool
	leader  string // "" for none; "me"
	term    uint64
	restore int // how often
	onApply func(Entry)

	onCapture, onWrite func() // of a snapshot
}

func newRecorder() *recorder { return new(recorder) }

// change runs f under the lock and rings the bell.
func (m *recorder) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	ring()
}

// wait waits until ok holds; it is called under the lock.
func (m *recorder) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("it has %d records and was told %q", len(m.state()), m.told())
		}
	}()
	eventually(t, what, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return ok()
	})
}

func (m *recorder) state() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records)
}

func (m *recorder) told() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

func (m *recorder) heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.changes)
}

func (m *recorder) Apply(batch []Entry) {
	m.change(func() {
		for _, e := range batch {
			for _, r := range e.Records {
				m.records = append(m.records, string(r))
			}
			m.last = fmt.Sprintf("%d/%d %d %d", e.Index, e.Term, e.Time, len(e.Records))
			m.entries = append(m.entries, m.last)
			if m.onApply != nil {
				m.onApply(e)
			}
		}
	})
}

func (m *recorder) Members(members []Standing) {
	m.change(func() { m.changes = append(m.changes, m.last+": "+names(members)) })
}

// names are the ids of members, those of observers with a star.
func names(members []Standing) string {
	var ids []string
	for _, m := range members {
		if m.Observer {
			m.ID += "*"
		}
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}

func (m *recorder) Lead(term uint64) {
	m.change(func() { m.leads, m.leader, m.term = true, "me", term; m.events = append(m.events, "lead") })
}

func (m *recorder) Follow(leader string, term uint64) {
	m.change(func() { m.leads, m.leader, m.term = false, leader, term; m.events = append(m.events, "follow "+leader) })
}

func (m *recorder) Lost(error) { m.change(func() { m.events = append(m.events, "lost") }) }

func (m *recorder) Report(from string, data []byte) {
	m.change(func() { m.reports = append(m.reports, from+": "+string(data)) })
}

func (m *recorder) Snapshot() (Snapshot, error) {
	m.mu.Lock()
	onCapture, onWrite := m.onCapture, m.onWrite
	m.mu.Unlock()
	if onCapture != nil {
		onCapture()
	}
	if onWrite != nil {
		return watched{frozen(m.state()), onWrite}, nil
	}
	return frozen(m.state()), nil
}

func (m *recorder) Restore(r io.Reader) error {
	var records []string
	for in := bufio.NewReader(r); ; {
		length, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			m.change(func() { m.records = records; m.restore++ })
			return nil
		}
		record := make([]byte, length)
		if _, err := io.ReadFull(in, record); err != nil {
			return err
		}
		records = append(records, string(record))
	}
}

type frozen []string

func (f frozen) WriteTo(w io.Writer) (int64, error) {
	var out []byte
	for _, r := range f {
		out = appendRecord(out, []byte(r))
	}
	n, err := w.Write(out)
	return int64(n), err
}

func (frozen) Release() {}

// watched is a snapshot of which somebody hears when it is written.
type watched struct {
	frozen
	onWrite func()
}

func (w watched) WriteTo(to io.Writer) (int64, error) {
	w.onWrite()
	return w.frozen.WriteTo(to)
}

// node is one node of a test.
type node struct {
	*recorder
	log *Log
	cfg Config
}

// start opens the node, on its old address if it had one.
func (n *node) start(t testing.TB) {
	t.Helper()
	n.recorder = newRecorder()
	if n.cfg.Listener == nil {
		n.cfg.Listener = listen(t, n.cfg.Listen)
	}
	log, err := Open(n.cfg, n.recorder)
	if err != nil {
		t.Fatal(err)
	}
	n.log, n.cfg.Listener = log, nil
	t.Cleanup(func() { n.stop(t, log) })
}

// stop ends a node as a killed one would: nothing is handed over.
func (n *node) stop(t testing.TB, log *Log) {
	t.Helper()
	if err := log.close(false); err != nil {
		t.Error(err)
	}
}

func (n *node) kill(t testing.TB) { n.stop(t, n.log) }

func (n *node) propose(t testing.TB, format string, args ...any) {
	t.Helper()
	if err := n.log.Propose(fmt.Appendf(nil, format, args...)); err != nil {
		t.Fatal(err)
	}
}

func (n *node) ready(t testing.TB) {
	t.Helper()
	n.wait(t, n.cfg.ID+" has a leader", func() bool { return n.leader != "" })
}

func (n *node) applied(t testing.TB, count int) {
	t.Helper()
	n.wait(t, fmt.Sprintf("%s has applied %d", n.cfg.ID, count), func() bool { return len(n.records) >= count })
}

func listen(t testing.TB, addr string) net.Listener {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// patient is for clusters in which nobody is to doubt the leader, however slow the machine.
func patient(c *Config) {
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaseTimeout = 4*time.Second, 4*time.Second, 3*time.Second
}

// hasty has the time-outs of a cluster in use.
func hasty(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout, c.LeaseTimeout = 0, 0, 0 }

// takesPart waits until a node has found its cluster.
func (n *node) takesPart(t testing.TB) {
	t.Helper()
	if n.log.port.part == nil {
		return
	}
	select {
	case <-n.log.port.part:
	case <-time.After(patience):
		t.Fatalf("%s takes no part after %v", n.cfg.ID, patience)
	}
}

// stand makes a node that knows of no leader stand for election now.
func (n *node) stand(t testing.TB) {
	t.Helper()
	n.takesPart(t)
	tuning := n.log.raft.ReloadableConfig()
	tuning.HeartbeatTimeout -= time.Millisecond
	if err := n.log.raft.ReloadConfig(tuning); err != nil {
		t.Fatal(err)
	}
}

// cluster is some nodes of one cluster, in one process.
type cluster []*node

func startCluster(t testing.TB, size int, tune func(*Config)) cluster {
	t.Helper()
	var (
		c       cluster
		members []Member
	)
	for i := range size {
		l := listen(t, "")
		members = append(members, Member{ID: fmt.Sprintf("n%d", i+1), Addr: l.Addr().String()})
		c = append(c, &node{cfg: Config{
			ID: members[i].ID, Dir: t.TempDir(), Listen: members[i].Addr, Listener: l, Logger: discard,
		}})
	}
	for _, n := range c {
		if n.cfg.Members = members; size == 1 {
			n.cfg.Members = nil
		}
		if patient(&n.cfg); tune != nil {
			tune(&n.cfg)
		}
		n.start(t)
	}
	for _, n := range c {
		n.takesPart(t)
	}
	if size > 1 {
		c[0].stand(t)
	}
	c.roles(t)
	return c
}

// roles waits until all agree, and gives the leader and the others.
func (c cluster) roles(t testing.TB) (leader *node, followers cluster) {
	t.Helper()
	eventually(t, "all agree who leads", func() bool {
		leader, followers = c.agree()
		return leader != nil
	})
	return leader, followers
}

// agree gives no leader while anybody knows of another, or of none.
func (c cluster) agree() (leader *node, followers cluster) {
	type opinion struct {
		leader string
		term   uint64
	}
	opinions := make(map[opinion]bool)
	for _, n := range c {
		n.mu.Lock()
		if n.leads {
			leader = n
			opinions[opinion{n.cfg.ID, n.term}] = true
		} else {
			followers = append(followers, n)
			opinions[opinion{n.leader, n.term}] = true
		}
		n.mu.Unlock()
	}
	if leader == nil || len(opinions) != 1 {
		return nil, nil
	}
	return leader, followers
}

// same waits until all have count records and checks that they are the same.
func (c cluster) same(t testing.TB, count int) []string {
	t.Helper()
	var first []string
	for i, n := range c {
		n.applied(t, count)
		if got := n.state(); i == 0 {
			first = got
		} else if !slices.Equal(got, first) {
			t.Fatalf("%s and %s differ: %d and %d records", n.cfg.ID, c[0].cfg.ID, len(got), len(first))
		}
	}
	return first
}
