package coretest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/replica"
)

// Cluster is some nodes that found each other by configuration.
type Cluster struct {
	*Network
	t       testing.TB
	dir     string
	members []replica.Member

	mu    sync.Mutex // guards nodes
	nodes []*core.Node
}

// Open starts a cluster of size nodes, n1 and so on. Whoever opened it closes it.
func Open(t testing.TB, seed uint64, size int) *Cluster {
	t.Helper()
	c := &Cluster{Network: NewNetwork(seed), t: t, dir: t.TempDir(), nodes: make([]*core.Node, size)}
	for i := range size {
		name := fmt.Sprintf("n%d", i+1)
		c.members = append(c.members, replica.Member{ID: name, Addr: name})
	}
	for i := range size {
		c.Start(i)
	}
	return c
}

// Name is that of a node, on the network too.
func (c *Cluster) Name(i int) string { return c.members[i].ID }

// Size is the number of nodes, stopped ones too.
func (c *Cluster) Size() int { return len(c.members) }

// Start starts a node, with what it had.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	name := c.Name(i)
	n, err := core.Open(core.Config{
		ID: name, Dir: filepath.Join(c.dir, name), Members: c.members, PeerListener: c.Listen(name),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.put(i, n)
}

// Stop closes a node.
func (c *Cluster) Stop(i int) {
	c.t.Helper()
	n := c.Node(i)
	c.put(i, nil)
	if err := n.Close(); err != nil {
		c.t.Errorf("close %s: %v", c.Name(i), err)
	}
}

// Close closes all nodes that run, and waits until nothing is on its way between them.
func (c *Cluster) Close() {
	c.t.Helper()
	for i := range c.Size() {
		if c.Node(i) != nil {
			c.Stop(i)
		}
	}
	c.carrying.Wait()
}

// Node is one that runs, or nil.
func (c *Cluster) Node(i int) *core.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[i]
}

func (c *Cluster) put(i int, n *core.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i] = n
}

// Serve waits until all nodes run and serve.
func (c *Cluster) Serve(ctx context.Context) error {
	for i := range c.Size() {
		for {
			s, err := c.Node(i).Status(ctx)
			if err != nil {
				return fmt.Errorf("status of %s: %w", c.Name(i), err)
			}
			if s.Serving {
				break
			}
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("%s does not serve: %s", c.Name(i), s.Why)
			}
		}
	}
	return nil
}
