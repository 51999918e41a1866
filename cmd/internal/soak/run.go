package soak

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Run runs a cluster under load and faults until the time is up or ctx ends, and then looks what is left. The error says
// that the run itself failed; what it has found stands in the Summary.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	if err := cfg.applyDefaultsAndValidate(); err != nil {
		return Summary{}, err
	}
	net, err := newNetwork(&cfg)
	if err != nil {
		return Summary{}, err
	}
	defer net.close()
	c, err := startCluster(ctx, &cfg, net)
	if c != nil {
		defer c.close()
	}
	if err != nil {
		return Summary{}, err
	}
	return newTrial(c).run(ctx)
}

func newNetwork(cfg *Config) (*network, error) {
	if cfg.Part {
		return namespaces(cfg.Nodes)
	}
	return loopback(cfg.Nodes), nil
}

// trial is a cluster and the clients that try it.
type trial struct {
	*cluster
	registers *registers
	counters  []*counter
	faults    map[string]int
}

func newTrial(c *cluster) *trial {
	t := &trial{cluster: c, registers: &registers{began: time.Now()}, faults: make(map[string]int)}
	for i := range c.cfg.Writers {
		t.counters = append(t.counters, newCounter(i))
	}
	return t
}

func (t *trial) run(ctx context.Context) (Summary, error) {
	start := time.Now()
	loaded, stop := context.WithTimeout(ctx, t.cfg.Duration)
	defer stop()
	var clients sync.WaitGroup
	for i, counter := range t.counters {
		clients.Go(func() { counter.count(loaded, t.clients(i)) })
		clients.Go(func() { counter.watch(loaded, t.clients(i+1)) })
		clients.Go(func() { t.registers.play(loaded, i, t.clients(i)) })
	}
	err := t.torment(loaded, t.faults)
	if err != nil {
		stop() // the clients too
	}
	clients.Wait()
	if err != nil {
		return Summary{}, err
	}
	return t.look(context.WithoutCancel(ctx), time.Since(start))
}

// look says what is left, now that the cluster is whole and nobody writes.
func (t *trial) look(ctx context.Context, took time.Duration) (Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s := Summary{Took: took, Faults: t.faults}
	for i, counter := range t.counters {
		lost, err := counter.lost(ctx, t.clients(i))
		if err != nil {
			return s, fmt.Errorf("%s cannot be read in the end: %w", counter.path, err)
		}
		if lost {
			s.Lost++
		}
		s.Writes, s.Reads, s.Backwards = s.Writes+counter.writes.Load(), s.Reads+counter.reads.Load(), s.Backwards+counter.backs.Load()
	}
	for _, op := range t.registers.history {
		if op.Input.(call).write {
			s.Writes++
		} else {
			s.Reads++
		}
	}
	s.Unknown = t.registers.unknown
	s.Writes -= int64(s.Unknown)
	v := t.registers.check()
	s.Registers, s.Broken, s.Undecided, s.Example = v.registers, v.broken, v.undecided, v.example
	var err error
	s.Inequality, err = t.differ(ctx)
	return s, err
}

// differ compares what every node has below /soak, each asked itself.
func (t *trial) differ(ctx context.Context) (string, error) {
	first := ""
	for i, n := range t.nodes {
		have, err := contents(ctx, n.zookeeper)
		switch {
		case err != nil:
			return "", fmt.Errorf("%s cannot be read in the end: %w", n.id, err)
		case i == 0:
			first = have
		case have != first:
			return fmt.Sprintf("%s and %s do not have the same nodes", t.nodes[0].id, n.id), nil
		}
	}
	return "", nil
}
