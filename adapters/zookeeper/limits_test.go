package zookeeper_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestLimits: the connection over a limit is closed without an answer; once another has gone there is room again.
func TestLimits(t *testing.T) {
	for what, cfg := range map[string]zookeeper.Config{
		"in all":           {MaxConnections: 2},
		"from one address": {MaxPerAddress: 2},
		"the smaller":      {MaxConnections: 9, MaxPerAddress: 2},
	} {
		t.Run(what, func(t *testing.T) {
			var open, refused meter
			cfg.Metrics = zookeeper.Metrics{Connections: &open, Refused: &refused}
			address, _ := start(t, newFakeHost(), cfg)
			first, _ := connected(t, address), connected(t, address)
			dial(t, address).expectClosed()
			if refused.Load() != 1 || open.Load() != 2 {
				t.Errorf("%d refused, %d open", refused.Load(), open.Load())
			}
			first.ask(1, sdk.Op{Kind: sdk.OpCloseSession})
			first.expectAnswer(1, sdk.OK)
			first.expectClosed()
			for open.Load() == 2 { // it leaves after it has hung up
				runtime.Gosched()
			}
			connected(t, address)
		})
	}
}

// TestMetricsOfTrouble: what ends a connection is counted by its kind.
func TestMetricsOfTrouble(t *testing.T) {
	host := newFakeHost()
	var malformed, slow meter
	address, stop := start(t, host, zookeeper.Config{WriteTimeout: 100 * time.Millisecond,
		Metrics: zookeeper.Metrics{Malformed: &malformed, Slow: &slow}})
	dial(t, address).write([]byte{0xff, 0xff, 0xff, 0xff})
	short := connected(t, address)
	short.write([]byte{0, 0, 0, 1, 0})
	short.expectClosed()
	host.mu.Lock()
	host.nodes["/big"] = make([]byte, 1<<20)
	host.mu.Unlock()
	deaf := connected(t, address)
	var frames []byte
	for xid := range int32(64) {
		frames, _ = wire.AppendRequest(frames, xid, &sdk.Op{Kind: sdk.OpGetData, Path: "/big"})
	}
	deaf.write(frames)
	for slow.Load() == 0 {
		runtime.Gosched()
	}
	stop()
	if malformed.Load() != 2 || slow.Load() != 1 {
		t.Errorf("%d malformed, %d slow", malformed.Load(), slow.Load())
	}
}

// TestLatency: what a request waited for its answer is told in seconds, once for the replies that go out together.
func TestLatency(t *testing.T) {
	var latency observer
	address, stop := start(t, newFakeHost(), zookeeper.Config{Metrics: zookeeper.Metrics{Latency: &latency}})
	c := connected(t, address)
	began := time.Now()
	for xid := range int32(3) {
		c.ask(xid, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
		c.expectAnswer(xid, sdk.CodeNoNode)
	}
	most := time.Since(began).Seconds()
	stop()
	if len(latency.values) != 3 {
		t.Fatalf("told %d times", len(latency.values))
	}
	for _, took := range latency.values {
		if took < 0 || took > most {
			t.Errorf("told %v s, want up to %v", took, most)
		}
	}
}

// observer keeps what it is told.
type observer struct {
	mu     sync.Mutex // guards values
	values []float64
}

func (o *observer) Observe(value float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.values = append(o.values, value)
}
