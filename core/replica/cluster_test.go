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
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of a test: only a test that fails waits so long.
const patience = 30 * time.Second

var discard = slog.New(slog.DiscardHandler)

// recorder is a Machine that remembers what it was told.
type recorder struct {
	mu      sync.Mutex // guards all below
	changed chan struct{}
	records []string // the state
	entries []string // index/term time records
	events  []string // Lead, Follow and Lost, in order
	reports []string
	leads   bool
	leader  string // "" for none; "me"
	term    uint64
	restore int // how often
	onApply func(Entry)
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{})} }

// change runs f under the lock and wakes whoever waits.
func (m *recorder) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.changed)
	m.changed = make(chan struct{})
}

// wait waits until ok holds; it is called under the lock.
func (m *recorder) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for {
		m.mu.Lock()
		done, changed := ok(), m.changed
		m.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			m.mu.Lock()
			defer m.mu.Unlock()
			t.Fatalf("%s: not after %v; %d records, events %q", what, patience, len(m.records), m.events)
		}
	}
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

func (m *recorder) Apply(batch []Entry) {
	m.change(func() {
		for _, e := range batch {
			for _, r := range e.Records {
				m.records = append(m.records, string(r))
			}
			m.entries = append(m.entries, fmt.Sprintf("%d/%d %d %d", e.Index, e.Term, e.Time, len(e.Records)))
			if m.onApply != nil {
				m.onApply(e)
			}
		}
	})
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

func (m *recorder) Snapshot() (Snapshot, error) { return frozen(m.state()), nil }

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
		members = append(members, Member{fmt.Sprintf("n%d", i+1), l.Addr().String()})
		c = append(c, &node{cfg: Config{
			ID: members[i].ID, Dir: t.TempDir(), Listen: members[i].Addr, Listener: l, Logger: discard,
		}})
	}
	for _, n := range c {
		if n.cfg.Members = members; size == 1 {
			n.cfg.Members = nil
		}
		if tune != nil {
			tune(&n.cfg)
		}
		n.start(t)
	}
	for _, n := range c {
		n.ready(t)
	}
	return c
}

// roles gives the leader and the others.
func (c cluster) roles(t testing.TB) (leader *node, followers cluster) {
	t.Helper()
	for _, n := range c {
		n.mu.Lock()
		leads := n.leads
		n.mu.Unlock()
		if leads && leader == nil {
			leader = n
		} else {
			followers = append(followers, n)
		}
	}
	if leader == nil {
		t.Fatal("nobody leads")
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
