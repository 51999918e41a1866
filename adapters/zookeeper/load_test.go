package zookeeper_test

import (
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestHalfOpen: connections that never shake hands hold little, do not keep others out, and are closed in time.
func TestHalfOpen(t *testing.T) {
	var connections meter
	address := serving(t, core.Config{}, zookeeper.Config{HandshakeTimeout: 2 * time.Second, Metrics: zookeeper.Metrics{Connections: &connections}})
	before := heap()
	const half = 400
	var clients []*client
	for i := range half {
		c := dial(t, address)
		c.write([]byte{0, 0, 0x1f, 0xff}[:i%5]) // of a frame of 8 KiB, which would be the longest
		clients = append(clients, c)
	}
	other := connected(t, address)
	other.create("/a", sdk.ModePersistent)
	for connections.Load() != half+1 {
		runtime.Gosched()
	}
	if got := heap(); got > before+half*(64<<10) {
		t.Errorf("%d KiB for each", (got-before)/half>>10)
	}
	for _, c := range clients {
		c.expectClosed()
	}
	other.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/a"})
}

// TestHugeMulti: one of as many operations as fit into a request is done, or refused, and others go on meanwhile.
func TestHugeMulti(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c, other := connected(t, address), connected(t, address)
	for name, ops := range map[string][]sdk.Op{
		"checks":         repeat(50_000, sdk.Op{Kind: sdk.OpCheck, Path: "/", Version: sdk.AnyVersion}),
		"over the limit": repeat(100_000, sdk.Op{Kind: sdk.OpCheck, Path: "/", Version: sdk.AnyVersion}),
		"creates":        repeat(15_000, sdk.Op{Kind: sdk.OpCreate, Path: "/n-", Mode: sdk.ModePersistentSequential, ACL: sdk.OpenACL()}),
	} {
		t.Run(name, func(t *testing.T) {
			c.ask(1, sdk.Op{Kind: sdk.OpMulti, Ops: ops})
			other.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/"})
			reply, _ := c.reply(1, sdk.OpMulti)
			switch {
			case name == "over the limit" && reply.Code != sdk.CodeBadArguments:
				t.Errorf("answered %v", reply.Code)
			case name != "over the limit" && (reply.Code != sdk.OK || len(reply.Result.Multi) != len(ops) || reply.Result.Multi[0].Kind == sdk.OpError):
				t.Errorf("answered %v with %d results", reply.Code, len(reply.Result.Multi))
			}
		})
	}
}

func repeat(n int, op sdk.Op) []sdk.Op {
	ops := make([]sdk.Op, n)
	for i := range ops {
		ops[i] = op
	}
	return ops
}

// TestDeafWatcher: events pile up for one who watches and does not read, within bounds; the writer is not held up.
func TestDeafWatcher(t *testing.T) {
	var slow meter
	address := serving(t, core.Config{}, zookeeper.Config{WriteTimeout: 200 * time.Millisecond, Metrics: zookeeper.Metrics{Slow: &slow}})
	deaf, writer := connected(t, address), connected(t, address)
	deaf.must(sdk.OK, sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive})
	path := "/" + strings.Repeat("long", 5_000)
	writer.create(path, sdk.ModePersistent)
	before := heap()
	var frames []byte
	const batch = 50
	for range batch {
		frames, _ = wire.AppendRequest(frames, 1, &sdk.Op{Kind: sdk.OpSetData, Path: path, Version: sdk.AnyVersion})
	}
	for end := time.Now().Add(patience); slow.Load() == 0; {
		writer.write(frames)
		for range batch {
			writer.expectAnswer(1, sdk.OK)
		}
		if time.Now().After(end) {
			t.Fatal("it is never cut off")
		}
	}
	if got := heap(); got > before+(256<<20) {
		t.Errorf("%d MiB more", (got-before)>>20)
	}
}

// TestOneLineASecond: however many bad frames come from an address, the log stays readable.
func TestOneLineASecond(t *testing.T) {
	lines := &lineCounter{}
	began := time.Now()
	address := serving(t, core.Config{}, zookeeper.Config{Users: bob, Logger: slog.New(slog.NewTextHandler(lines, nil))})
	for i := range 50 {
		c := connected(t, address)
		if i%2 == 0 {
			c.write([]byte{0xff, 0, 0, 0})
		} else {
			c.ask(1, sdk.Op{Kind: sdk.OpSASL, Data: []byte("x")})
			c.expectAnswer(1, sdk.CodeAuthFailed)
		}
		c.expectClosed()
	}
	most := int(time.Since(began)/time.Second) + 1
	if text := lines.String(); strings.Count(text, "\n") > most || !strings.Contains(text, "127.0.0.1") {
		t.Errorf("want at most %d lines, got\n%s", most, text)
	}
}

// lineCounter keeps what is logged.
type lineCounter struct {
	mu sync.Mutex // guards b
	b  strings.Builder
}

func (l *lineCounter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lineCounter) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestLargestFrame: the largest limit there is leaves room for a node that fills it.
func TestLargestFrame(t *testing.T) {
	c := connected(t, serving(t, core.Config{}, zookeeper.Config{FrameLimit: zookeeper.MaxFrameLimit}))
	data := make([]byte, zookeeper.MaxFrameLimit-100)
	c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: data, ACL: sdk.OpenACL()})
	if got := c.must(sdk.OK, sdk.Op{Kind: sdk.OpGetData, Path: "/a"}).Result.Data; len(got) != len(data) {
		t.Errorf("%d bytes come back", len(got))
	}
	c.must(sdk.CodeBadArguments, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: append(data, make([]byte, 100)...), Version: sdk.AnyVersion})
}
