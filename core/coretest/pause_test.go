package coretest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

var million = flag.Int("pause-nodes", 1_000_000, "nodes of the tree in BenchmarkPauseOfSnapshot")

// alone opens a node of one in a folder and waits until it serves.
func alone(b *testing.B, cfg core.Config) *core.Node {
	b.Helper()
	cfg.ID, cfg.Peer = "n1", "127.0.0.1:0"
	n, err := core.Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if s, err := n.Status(ctx); err == nil && s.Serving {
			return n
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatal("the node does not serve")
		}
	}
}

// pour makes nodes below a parent, many at a time.
func pour(b *testing.B, n *core.Node, parent string, count int) {
	b.Helper()
	s, err := n.Open(b.Context(), sdk.Login{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	value := make([]byte, 100)
	exchange(b.Context(), s, []sdk.Op{create(parent)})
	for done := 0; done < count; {
		ops := make([]sdk.Op, min(1000, count-done))
		for i := range ops {
			ops[i] = create(fmt.Sprintf("%s/node-%07d", parent, done+i))
			ops[i].Data = value
		}
		if got := exchange(b.Context(), s, ops); len(got) < len(ops) || got[len(got)-1].Code != sdk.OK {
			b.Fatalf("%d of %d nodes made", done+len(got), count)
		}
		done += len(ops)
	}
}

// paced has a client call once in so long, for one that never rests would keep a processor to itself.
func paced(every time.Duration, what func(i int) []sdk.Op) func(i int) []sdk.Op {
	return func(i int) []sdk.Op {
		<-time.After(every)
		return what(i)
	}
}

// times are how long a client's calls took, one after the other.
type times struct {
	node *core.Node
	what func(i int) []sdk.Op
	took []time.Duration
}

// run calls until ctx ends.
func (c *times) run(b *testing.B, ctx context.Context) {
	s, err := c.node.Open(b.Context(), sdk.Login{})
	if err != nil {
		b.Error(err)
		return
	}
	defer s.Close()
	for i := 0; ctx.Err() == nil; i++ {
		ops := c.what(i)
		start := time.Now()
		if got := exchange(b.Context(), s, ops); len(got) < len(ops) {
			b.Error("no answer")
			return
		}
		c.took = append(c.took, time.Since(start))
	}
}

// report tells the worst, and what one in a hundred is worse than.
func (c *times) report(b *testing.B, who string) {
	b.Helper()
	if len(c.took) == 0 {
		b.Fatalf("%s: nothing was measured", who)
	}
	slices.Sort(c.took)
	millis := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
	b.ReportMetric(millis(c.took[len(c.took)*99/100]), who+"-p99-ms")
	b.ReportMetric(millis(c.took[len(c.took)-1]), who+"-worst-ms")
}

// observe has clients call at the same time until until returns.
func observe(b *testing.B, until func(), clients ...*times) {
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	for _, c := range clients {
		running.Go(func() { c.run(b, ctx) })
	}
	until()
	stop()
	running.Wait()
}

// BenchmarkPauseOfSnapshot is what a reader and a writer see while a snapshot of a large tree is written, and, as quiet,
// for a second before, when none is.
func BenchmarkPauseOfSnapshot(b *testing.B) {
	dir := b.TempDir()
	n := alone(b, core.Config{Dir: dir})
	pour(b, n, "/large", *million)
	reader := paced(time.Millisecond, func(i int) []sdk.Op {
		return []sdk.Op{{Kind: sdk.OpGetData, Path: fmt.Sprintf("/large/node-%07d", i*7919%*million)}}
	})
	writer := func(i int) []sdk.Op {
		return []sdk.Op{set(fmt.Sprintf("/large/node-%07d", i*104729%*million), strings.Repeat("x", 100))}
	}
	await(b, dir, false)
	quiet := []*times{{node: n, what: reader}, {node: n, what: writer}}
	observe(b, func() { <-time.After(time.Second) }, quiet...)
	if err := n.Close(); err != nil {
		b.Fatal(err)
	}
	n = alone(b, core.Config{Dir: dir, SnapshotEntries: 500, SnapshotInterval: 100 * time.Millisecond})
	defer n.Close()
	for b.Loop() {
		observe(b, func() { await(b, dir, true) }, &times{node: n, what: writer})
		during := []*times{{node: n, what: reader}, {node: n, what: writer}}
		start := time.Now()
		observe(b, func() { await(b, dir, false) }, during...)
		b.ReportMetric(time.Since(start).Seconds(), "snapshot-s")
		during[0].report(b, "read")
		during[1].report(b, "write")
		quiet[0].report(b, "quiet-read")
		quiet[1].report(b, "quiet-write")
	}
}

// await waits until a snapshot is being written, or none is.
func await(b *testing.B, dir string, written bool) {
	b.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		entries, err := os.ReadDir(filepath.Join(dir, "snapshots"))
		if err != nil {
			b.Fatal(err)
		}
		if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), ".tmp") }) == written {
			return
		}
	}
	b.Fatal("no snapshot")
}

// BenchmarkPauseOfList is what a writer sees while others ask again and again for the hundred thousand children of a node
// that come and go, and, as quiet, when nobody does.
func BenchmarkPauseOfList(b *testing.B) {
	n := alone(b, core.Config{Dir: b.TempDir()})
	defer n.Close()
	pour(b, n, "/wide", 100_000)
	pour(b, n, "/other", 1)
	list := paced(5*time.Millisecond, func(int) []sdk.Op { return []sdk.Op{{Kind: sdk.OpGetChildren, Path: "/wide"}} })
	change := func(i int) []sdk.Op {
		path := fmt.Sprintf("/wide/passing-%d", i)
		return []sdk.Op{create(path), {Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion}}
	}
	write := func(int) []sdk.Op { return []sdk.Op{set("/other/node-0000000", "x")} }
	three := func() { <-time.After(3 * time.Second) }
	for b.Loop() {
		quiet := []*times{{node: n, what: write}, {node: n, what: change}}
		observe(b, three, quiet...)
		busy := []*times{{node: n, what: write}, {node: n, what: change}, {node: n, what: list}}
		observe(b, three, busy...)
		quiet[0].report(b, "quiet-write")
		busy[0].report(b, "write")
		busy[2].report(b, "list")
	}
}
