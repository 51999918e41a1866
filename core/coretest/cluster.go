package coretest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

// Cluster is some nodes that found each other by configuration, and those that came later.
type Cluster struct {
	*Network
	t        testing.TB
	heard    *heard
	dir      string
	tune     func(*core.Config)
	founders []replica.Member
	Lost     int  // bytes that were written, and that power cuts have taken
	Forgot   bool // a node has lost all it had

	mu    sync.Mutex // guards seats, and what is in them
	seats []*seat

	dying sync.WaitGroup // the Close of nodes that have crashed
}

// seat is where a node runs or has run.
type seat struct {
	replica.Member
	dir  string
	disk *Disk // nil before it is started first
	door *Door
	slip atomic.Int64 // nanoseconds by which its clock is wrong
	node *core.Node   // nil while it does not run
	join []string     // of one that came later
	gone bool         // for good
}

// segment is small, so that files of the log cost little, and end in the middle of things.
const segment = 16 << 10

// Boss is who may do everything in a cluster.
var Boss = sdk.Identity{Scheme: "ip", ID: "192.0.2.1"}

// member is the one of a name.
func member(name string) replica.Member {
	return replica.Member{ID: name, Addr: net.JoinHostPort(name, port)}
}

// Open starts a cluster of size nodes, n1 and so on, whose configurations tune may change. Whoever opened it closes it.
func Open(t testing.TB, seed uint64, size int, tune ...func(*core.Config)) *Cluster {
	t.Helper()
	c := &Cluster{Network: NewNetwork(seed), t: t, heard: &heard{said: make(map[string]int), terms: make(Terms)}, dir: folder(t), tune: func(cfg *core.Config) {
		for _, change := range tune {
			change(cfg)
		}
	}}
	for i := range size {
		m := member(fmt.Sprintf("n%d", i+1))
		c.founders = append(c.founders, m)
		c.seats = append(c.seats, &seat{Member: m, dir: filepath.Join(c.dir, m.ID)})
	}
	for i := range size {
		c.Start(i)
	}
	return c
}

// Name is that of a node, on the network too.
func (c *Cluster) Name(i int) string { return c.seat(i).ID }

// Size is the number of nodes there are or ever were: a number below it is one of theirs.
func (c *Cluster) Size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seats)
}

func (c *Cluster) seat(i int) *seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seats[i]
}

// Start starts a node, with what it had.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	if err := c.start(c.seat(i)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Cluster) start(s *seat) error {
	s.door = c.Listen(s.ID)
	if s.disk == nil {
		s.disk = NewDisk()
	}
	cfg := core.Config{
		ID: s.ID, Dir: s.dir, Members: c.founders, PeerListener: s.door, Super: []sdk.Identity{Boss},
		SegmentSize: segment, Disk: s.disk, Now: s.now,
		Logger: slog.New(ear{c.heard, s.ID}),
	}
	if s.join != nil {
		cfg.Members, cfg.Join, cfg.Observer = []replica.Member{s.Member}, s.join, true
	}
	c.tune(&cfg)
	n, err := core.Open(cfg)
	if err == nil {
		c.put(s, n)
	}
	return err
}

// Jump makes the clock of a node wrong by so much.
func (c *Cluster) Jump(i int, by time.Duration) { c.seat(i).slip.Store(int64(by)) }

func (s *seat) now() time.Time { return time.Now().Add(time.Duration(s.slip.Load())) }

// Stop closes a node.
func (c *Cluster) Stop(i int) {
	c.t.Helper()
	s := c.seat(i)
	if n := c.take(s); n != nil {
		if err := n.Close(); err != nil {
			c.t.Errorf("close %s: %v", s.ID, err)
		}
	}
}

// Close closes all nodes that run, and waits until nothing is on its way between them.
func (c *Cluster) Close() {
	c.t.Helper()
	c.Heal() // what is cut off could not be closed
	for i := range c.Size() {
		c.Stop(i)
	}
	c.dying.Wait()
	c.carrying.Wait()
}

// Node is one that runs, or nil.
func (c *Cluster) Node(i int) *core.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seats[i].node
}

// Running are the numbers of those that run.
func (c *Cluster) Running() (list []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range c.seats {
		if s.node != nil {
			list = append(list, i)
		}
	}
	return list
}

func (c *Cluster) put(s *seat, n *core.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.node = n
}

// take leaves no node in a seat, and gives the one that was there.
func (c *Cluster) take(s *seat) *core.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := s.node
	s.node = nil
	return n
}

// Serve waits until all nodes run that belong to the cluster, and serve.
func (c *Cluster) Serve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		why := c.idle(ctx)
		if why == nil {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return why
		}
	}
}

// idle says who does not serve.
func (c *Cluster) idle(ctx context.Context) (err error) {
	for i := range c.Size() {
		s, n := c.seat(i), c.Node(i)
		if n == nil {
			if !c.left(s) {
				err = errors.Join(err, fmt.Errorf("%s does not run", s.ID))
			}
			continue
		}
		if status, failed := n.Status(ctx); failed != nil || !status.Serving {
			err = errors.Join(err, failed, fmt.Errorf("%s does not serve: %s", s.ID, status.Why))
		}
	}
	return err
}

// left reports whether a node has left the cluster, or never came to it.
func (c *Cluster) left(s *seat) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.gone
}
