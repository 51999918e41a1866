package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// run does all there is to do, and prints what was measured even when not all could be.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("benchmark", flag.ContinueOnError)
	grove := flags.String("grove", "grove", "the program, as a server and as a load generator")
	etcd := flags.String("etcd", "etcd", "the program")
	systems := flags.String("systems", "grove,zookeeper,etcd", "what to measure")
	dir := flags.String("dir", "", "on the disk to be measured: the servers' data goes to a new folder there, removed at the end; default here")
	short := flags.Bool("quick", false, "one short round of everything, with fewer nodes and sessions")
	rounds := flags.Int("rounds", 0, "of each; default 3")
	duration := flags.Duration("duration", 0, "of a steady load; default 3s")
	nodes := flags.Int("nodes", 0, "that a server is filled with; default a million")
	parts := flags.String("parts", "one,three,full", "what to do: one server, three, and one that is full")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &bench{dir: *dir, sizes: whole}
	if *short {
		b.sizes = quick
	}
	b.sizes.take(sizes{rounds: *rounds, duration: *duration, nodes: *nodes})
	for _, name := range strings.Split(*systems, ",") {
		all := map[string]kind{"grove": groves(*grove), "zookeeper": zookeepers(*grove), "etcd": etcds(*etcd)}
		k, ok := all[name]
		if !ok {
			return fmt.Errorf("%q is none of grove, zookeeper, etcd", name)
		}
		b.kinds = append(b.kinds, k)
	}
	return b.run(ctx, strings.Split(*parts, ","), out)
}

// take puts what is not zero over what there is.
func (s *sizes) take(over sizes) {
	if over.rounds > 0 {
		s.rounds = over.rounds
	}
	if over.duration > 0 {
		s.duration = over.duration
	}
	if over.nodes > 0 {
		s.nodes = over.nodes
	}
}

// run does the parts that are wanted.
func (b *bench) run(ctx context.Context, parts []string, out io.Writer) (err error) {
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(b.dir, "data-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := describe(out, b); err != nil {
		return err
	}
	var outcomes []*outcome
	for _, part := range []struct {
		name string
		do   func() ([]*outcome, error)
	}{
		{"one", func() ([]*outcome, error) { return b.phase(ctx, 1, ofOne(b.sizes)) }},
		{"three", func() ([]*outcome, error) { return b.phase(ctx, 3, ofThree(b.sizes)) }},
		{"full", func() ([]*outcome, error) { return b.filled(ctx, []task{fill(b.sizes.nodes), restart()}) }},
	} {
		if err == nil && slices.Contains(parts, part.name) {
			var of []*outcome
			of, err = part.do()
			outcomes = append(outcomes, of...)
		}
	}
	if failed := print(out, outcomes); err == nil {
		err = failed
	}
	return err
}
