package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// paceTime is how often it is looked whether the headroom of the heap still fits.
const paceTime = 100 * time.Millisecond

// paceCollector keeps the heap's headroom to what collections cost, until ctx ends: with a tree in which there is next to
// nothing to look through, doubling the heap between collections would buy nothing. GOGC in the environment has the last
// word. See "Why does the server set its own GC percent?" in core/RATIONALE.md.
func paceCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	tick := time.NewTicker(paceTime)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"}}
	for percent := uint64(100); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			metrics.Read(sample)
			next := headroom(sample[0].Value.Uint64(), sample[1].Value.Uint64())
			if 10*max(next, percent) > 11*min(next, percent) { // more than a tenth apart
				percent = next
				debug.SetGCPercent(int(next))
			}
		}
	}
}

// headroom is how much the heap may grow until the next collection, in percent of what is live: 32 MiB, half of what has to
// be scanned, and a sixteenth of all for sweeping it.
func headroom(live, scan uint64) uint64 {
	if live == 0 {
		return 100
	}
	return min(max(100*(32<<20+scan/2+live/16)/live, 5), 100)
}
