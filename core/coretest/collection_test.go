package coretest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// BenchmarkPauseOfCollection is what a reader and a writer see while the garbage collector goes over a large tree, again and
// again, and, as quiet, for as long when it rests. With -pause-nodes 10000000 it needs 6 GB of memory and of disk.
func BenchmarkPauseOfCollection(b *testing.B) {
	n := alone(b, core.Config{Dir: b.TempDir(), SnapshotEntries: 1 << 40})
	defer n.Close()
	pour(b, n, "/large", *million)
	reader := paced(time.Millisecond, func(i int) []sdk.Op {
		return []sdk.Op{{Kind: sdk.OpGetData, Path: fmt.Sprintf("/large/node-%07d", i*7919%*million)}}
	})
	writer := paced(time.Millisecond, func(i int) []sdk.Op {
		return []sdk.Op{set(fmt.Sprintf("/large/node-%07d", i*104729%*million), strings.Repeat("x", 100))}
	})
	runtime.GC()
	for b.Loop() {
		var spent time.Duration
		during := []*times{{node: n, what: reader}, {node: n, what: writer}}
		observe(b, func() { spent = collect(50) }, during...)
		quiet := []*times{{node: n, what: reader}, {node: n, what: writer}}
		observe(b, func() { <-time.After(spent) }, quiet...)
		b.ReportMetric(spent.Seconds()/50, "collection-s")
		during[0].report(b, "read")
		during[1].report(b, "write")
		quiet[0].report(b, "quiet-read")
		quiet[1].report(b, "quiet-write")
	}
}

// collect has the collector do its work so many times, and tells how long it took.
func collect(count int) time.Duration {
	start := time.Now()
	for range count {
		runtime.GC()
	}
	return time.Since(start)
}
