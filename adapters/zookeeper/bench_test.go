package zookeeper_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// BenchmarkGetData is the adapter alone: the host has one node and one lock. Client and server share the machine.
func BenchmarkGetData(b *testing.B) {
	for _, window := range []int{1, 32, 256} {
		for _, plain := range []bool{false, true} {
			b.Run(fmt.Sprintf("window=%d/plain=%t", window, plain), func(b *testing.B) {
				host := newFakeHost()
				host.plain = plain
				host.nodes["/a"] = make([]byte, 100)
				address, _ := start(b, host, zookeeper.Config{})
				c := connected(b, address)
				pipeline(b, c, window)
			})
		}
	}
}

// pipeline keeps window requests under way, a batch at a time.
func pipeline(b *testing.B, c *client, window int) {
	var frames []byte
	for range window {
		frames, _ = wire.AppendRequest(frames, 1, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	}
	if err := c.socket.SetDeadline(time.Time{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%window == 0 {
			c.write(frames)
		}
		if _, err := c.frames.Next(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkSessions is many clients on a node as it is, each with one request under way.
func BenchmarkSessions(b *testing.B) {
	address := serving(b, core.Config{}, zookeeper.Config{})
	connected(b, address).create("/a", sdk.ModePersistent)
	frame, err := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.RunParallel(func(next *testing.PB) {
		c := connected(b, address)
		for next.Next() {
			c.write(frame)
			if _, err := c.frames.Next(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkConnect opens sessions, many at a time, and ends their connections.
func BenchmarkConnect(b *testing.B) {
	address := serving(b, core.Config{}, zookeeper.Config{})
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.RunParallel(func(next *testing.PB) {
		for next.Next() {
			c := dial(b, address)
			c.greet()
			c.socket.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sessions/s")
}
