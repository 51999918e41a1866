package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"
)

// fault is something that is done to a node, and undone.
type fault struct {
	name string
	do   func(c *cluster, n *node) error
	undo func(c *cluster, n *node) error
}

func restart(c *cluster, n *node) error { return c.start(n) }

// faults are those that need nothing of the system.
var faults = []fault{
	{"kill -9", func(_ *cluster, n *node) error { return n.kill() }, restart},
	{"clean stop", func(_ *cluster, n *node) error { return n.end() }, restart},
	{"stand still",
		func(_ *cluster, n *node) error { return n.signal(syscall.SIGSTOP) },
		func(_ *cluster, n *node) error { return n.signal(syscall.SIGCONT) }},
}

// partings are those that need a network namespace for each node.
var partings = []fault{
	{"cut off from all", func(c *cluster, n *node) error { return c.others(n, c.net.part) },
		func(c *cluster, n *node) error { return c.others(n, c.net.join) }},
	{"cut off from one", func(c *cluster, n *node) error { return c.net.part(n.index, c.next(n)) },
		func(c *cluster, n *node) error { return c.net.join(n.index, c.next(n)) }},
}

// others does something between a node and each of the others.
func (c *cluster) others(n *node, do func(a, b int) error) (err error) {
	for _, other := range c.nodes {
		if other != n {
			err = errors.Join(err, do(n.index, other.index))
		}
	}
	return err
}

func (c *cluster) next(n *node) int { return (n.index + 1) % len(c.nodes) }

// torment does one fault after the other until ctx ends, to any node, every second time to the leader, and leaves the
// cluster whole. It counts what it does.
func (c *cluster) torment(ctx context.Context, counts map[string]int) error {
	random := rand.New(rand.NewPCG(c.cfg.Seed, 1))
	kinds := faults
	if c.cfg.Part {
		kinds = append(kinds[:len(kinds):len(kinds)], partings...)
	}
	for pause(ctx, c.cfg.Every/2) {
		kind, node := kinds[random.IntN(len(kinds))], c.nodes[random.IntN(len(c.nodes))]
		if random.IntN(2) == 0 {
			node = c.leader()
		}
		lasts := time.Duration(random.Int64N(int64(c.cfg.Every) / 2))
		fmt.Fprintf(c.cfg.Out, "%s  %s: %s for %v\n", time.Now().Format("15:04:05"), node.id, kind.name, lasts.Round(time.Millisecond))
		counts[kind.name]++
		if err := c.suffer(ctx, kind, node, lasts); err != nil {
			return fmt.Errorf("%s: %s: %w", node.id, kind.name, err)
		}
	}
	return nil
}

// suffer does one fault, undoes it, and waits until all is well again.
func (c *cluster) suffer(ctx context.Context, kind fault, n *node, lasts time.Duration) error {
	if err := kind.do(c, n); err != nil {
		return err
	}
	pause(ctx, lasts)
	if err := kind.undo(c, n); err != nil {
		return err
	}
	return c.await(context.WithoutCancel(ctx))
}
