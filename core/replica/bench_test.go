package replica

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// tap calls f with each entry, and lets the recorder forget it.
func (m *recorder) tap(f func(Entry)) {
	m.change(func() {
		m.onApply = func(e Entry) {
			m.records, m.entries = m.records[:0], m.entries[:0]
			f(e)
		}
	})
}

// BenchmarkPropose is 256 proposers of 100-byte records, each with one on its way, spread over the nodes: compare
// records/s with the table of the design ("packed, one entry in flight").
func BenchmarkPropose(b *testing.B) {
	for _, size := range []int{1, 3} {
		b.Run(fmt.Sprintf("%dnodes", size), func(b *testing.B) {
			c := startCluster(b, size, nil)
			proposers := make([]chan struct{}, 256)
			entries := 0
			for i := range proposers {
				proposers[i] = make(chan struct{}, 1)
			}
			for i, n := range c {
				n.tap(func(e Entry) {
					if i == 0 {
						entries++
					}
					for _, r := range e.Records {
						if who := int(binary.LittleEndian.Uint64(r)); who%size == i {
							proposers[who] <- struct{}{}
						}
					}
				})
			}
			var running sync.WaitGroup
			b.ResetTimer()
			start := time.Now()
			for who := range proposers {
				running.Go(func() {
					for range b.N/len(proposers) + 1 {
						record := make([]byte, 100)
						binary.LittleEndian.PutUint64(record, uint64(who))
						if err := c[who%size].log.Propose(record); err != nil {
							b.Error(err)
							return
						}
						<-proposers[who]
					}
				})
			}
			running.Wait()
			total := float64(len(proposers) * (b.N/len(proposers) + 1))
			b.ReportMetric(total/time.Since(start).Seconds(), "records/s")
			b.ReportMetric(total/float64(entries), "records/entry")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkOne is one proposer with one record on its way: a fdatasync, and what comes to it through the leader or
// through a follower, who has to be told.
func BenchmarkOne(b *testing.B) {
	for _, at := range []string{"alone", "leader", "follower"} {
		b.Run(at, func(b *testing.B) {
			size := 3
			if at == "alone" {
				size = 1
			}
			n, followers := startCluster(b, size, nil).roles(b)
			if at == "follower" {
				n = followers[0]
			}
			applied := make(chan struct{}, 1)
			n.tap(func(e Entry) {
				if len(e.Records) > 0 {
					applied <- struct{}{}
				}
			})
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if err := n.log.Propose(make([]byte, 100)); err != nil {
					b.Fatal(err)
				}
				<-applied
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
		})
	}
}
