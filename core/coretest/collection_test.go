package coretest

import (
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// BenchmarkPauseOfCollection is what a reader and a writer see while garbage is made and collected beside a large tree, and,
// as quiet, for as long when there is only their own. With -pause-nodes 10000000 it needs 6 GB of memory and of disk.
func BenchmarkPauseOfCollection(b *testing.B) {
	dir := b.TempDir()
	n := alone(b, core.Config{Dir: dir, SnapshotEntries: 1 << 40})
	defer n.Close()
	pour(b, n, "/large", *million)
	await(b, dir, false) // the log has grown
	reader := paced(time.Millisecond, func(i int) []sdk.Op {
		return []sdk.Op{{Kind: sdk.OpGetData, Path: fmt.Sprintf("/large/node-%07d", i*7919%*million)}}
	})
	writer := paced(time.Millisecond, func(i int) []sdk.Op {
		return []sdk.Op{set(fmt.Sprintf("/large/node-%07d", i*104729%*million), strings.Repeat("x", 100))}
	})
	for b.Loop() {
		var spent time.Duration
		during := []*times{{node: n, what: reader}, {node: n, what: writer}}
		observe(b, func() { spent = collect(5) }, during...)
		quiet := []*times{{node: n, what: reader}, {node: n, what: writer}}
		observe(b, func() { <-time.After(spent) }, quiet...)
		b.ReportMetric(spent.Seconds()/5, "between-collections-s")
		during[0].report(b, "read")
		during[1].report(b, "write")
		quiet[0].report(b, "quiet-read")
		quiet[1].report(b, "quiet-write")
	}
}

// collect makes garbage, 64 MB a second, until the collector has come so often, and tells how long that took. The heap may
// grow between collections as much as in `grove serve`.
func collect(count uint64) time.Duration {
	live, scan := measured("/gc/heap/live:bytes"), measured("/gc/scan/heap:bytes")
	defer debug.SetGCPercent(debug.SetGCPercent(int(min(100, 100*(32<<20+scan/2+live/16)/live))))
	start, begun := time.Now(), measured(cycles)
	for measured(cycles) < begun+count {
		<-time.After(time.Millisecond)
		garbage = make([]byte, 64<<10)
	}
	return time.Since(start)
}

var garbage []byte // kept until there is more

const cycles = "/gc/cycles/total:gc-cycles"

// measured is what the runtime says.
func measured(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
