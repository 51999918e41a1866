package main

import (
	"context"
	"fmt"
	"os"
)

// outcome is what a task gave: for each kind of server and metric one number a round.
type outcome struct {
	task    task
	servers int
	numbers map[string]map[string][]float64

	failures map[string]int // rounds in which a kind of server failed, which give no numbers
}

func newOutcome(t task, servers int) *outcome {
	return &outcome{task: t, servers: servers, numbers: make(map[string]map[string][]float64), failures: make(map[string]int)}
}

func (o *outcome) add(kind string, numbers map[string]float64) {
	if o.numbers[kind] == nil {
		o.numbers[kind] = make(map[string][]float64)
	}
	for metric, v := range numbers {
		o.numbers[kind][metric] = append(o.numbers[kind][metric], v)
	}
}

// bench is a run under way.
type bench struct {
	dir   string
	kinds []kind
	sizes sizes
}

// phase does tasks on fresh servers of all kinds. They all run at the same time, but only one is given work: the order of
// rounds is grove, zookeeper, etcd, grove, zookeeper, etcd and so on, so that what happens on the machine meanwhile
// happens to all.
func (b *bench) phase(ctx context.Context, size int, tasks []task) (outcomes []*outcome, err error) {
	dir, err := os.MkdirTemp(b.dir, "phase-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var clusters []*cluster
	for _, k := range b.kinds {
		c, err := startCluster(ctx, k, dir, size)
		defer c.close()
		if err != nil {
			return nil, err
		}
		clusters = append(clusters, c)
	}
	for _, t := range tasks {
		o, err := b.do(ctx, t, clusters)
		if outcomes = append(outcomes, o); err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

// do does a task round by round. A round that fails counts as such, and the next is tried.
func (b *bench) do(ctx context.Context, t task, clusters []*cluster) (*outcome, error) {
	o := newOutcome(t, len(clusters[0].servers))
	rounds := b.sizes.rounds
	if t.once {
		rounds = 1
	}
	for round := range rounds {
		for _, c := range clusters {
			numbers, err := t.measure(ctx, c)
			if ctx.Err() != nil {
				return o, ctx.Err()
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s, round %d: %s: %v\n", t.name, round+1, c.name, err)
				o.failures[c.name]++
				continue
			}
			fmt.Fprintf(os.Stderr, "%s, round %d: %s %v\n", t.name, round+1, c.name, numbers)
			o.add(c.name, numbers)
		}
	}
	return o, nil
}

// filled does the tasks of full servers one kind after the other, for all of them together would want much memory.
func (b *bench) filled(ctx context.Context, tasks []task) (outcomes []*outcome, err error) {
	for _, k := range b.kinds {
		one := &bench{dir: b.dir, kinds: []kind{k}, sizes: b.sizes}
		of, err := one.phase(ctx, 1, tasks)
		if err != nil {
			return outcomes, err
		}
		if outcomes == nil {
			outcomes = of
			continue
		}
		for i := range of {
			outcomes[i].numbers[k.name], outcomes[i].failures[k.name] = of[i].numbers[k.name], of[i].failures[k.name]
		}
	}
	return outcomes, nil
}
