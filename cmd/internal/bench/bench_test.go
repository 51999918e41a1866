package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk/client"
	"github.com/grove-coordination/grove/sdk/wire"
)

// server runs a node of one for as long as the test lasts.
func server(t *testing.T) (address string) {
	t.Helper()
	peer, clients := listen(t), listen(t)
	node, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer})
	if err != nil {
		t.Fatal(err)
	}
	frontend := zookeeper.New(zookeeper.Config{Listener: clients, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- frontend.Serve(ctx, node) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(t.Context(), client.Config{Servers: []string{clients.Addr().String()}}) // waits until it serves
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return clients.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// left are the nodes of runs that are still there.
func left(t *testing.T, address string) (names []string) {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Config{Servers: []string{address}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, _, err := c.Children(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if strings.HasPrefix(name, "grove-bench-") {
			names = append(names, name)
		}
	}
	return names
}

// TestLoads runs each for so many operations: all are counted, none fails, and nothing stays behind.
func TestLoads(t *testing.T) {
	address := server(t)
	for _, load := range Loads {
		t.Run(load, func(t *testing.T) {
			config := Config{Servers: []string{address}, Load: load, Sessions: 3, Depth: 4, Size: 10, Keys: 70, Writes: 50,
				Duration: time.Minute, Count: 50}
			report, err := Run(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			want := uint64(50)
			if load == "watch" {
				want *= 3 // an event for every session
			}
			if report.Operations != want || len(report.Errors) > 0 {
				t.Errorf("%d operations, errors %v", report.Operations, report.Errors)
			}
			if l := report.Latency; l.P50 <= 0 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max {
				t.Errorf("times %+v", l)
			}
			if names := left(t, address); len(names) > 0 {
				t.Errorf("left behind: %v", names)
			}
		})
	}
}

// TestInterruptedRunReports: what was measured until then is told, and nothing stays behind.
func TestInterruptedRunReports(t *testing.T) {
	address := server(t)
	for _, load := range []string{"set", "watch", "connect"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		config := Config{Servers: []string{address}, Load: load, Sessions: 2, Depth: 1, Keys: 1, Duration: time.Hour}
		report, err := Run(ctx, config)
		if err != nil && ctx.Err() == nil || report != nil && len(report.Errors) > 0 {
			t.Errorf("%s: %+v, %v", load, report, err)
		}
		if names := left(t, address); len(names) > 0 {
			t.Errorf("%s left behind: %v", load, names)
		}
	}
}

func TestServerThatGoesAway(t *testing.T) {
	ln := listen(t)
	go func() {
		nc, err := ln.Accept()
		if err == nil {
			nc.Close()
		}
		ln.Close()
	}()
	config := Config{Servers: []string{ln.Addr().String()}, Load: "get", Sessions: 1, Depth: 1, Keys: 1, Duration: time.Minute}
	if report, err := Run(t.Context(), config); err == nil || report != nil {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestAllSessionsLost: a run whose sessions all break says so and tells what it measured; one that goes on with others
// counts those that broke. The first connection makes the nodes, then come the sessions, and behind them the one that
// writes what they watch.
func TestAllSessionsLost(t *testing.T) {
	address := server(t)
	for _, c := range []struct {
		load        string
		first, last int // connections that break
		limit       int64
		count       int64
		lost        bool
	}{
		{load: "get", first: 2, last: 4, limit: 4 << 10, lost: true},
		{load: "get", first: 2, last: 3, limit: 4 << 10, count: 10_000},
		{load: "watch", first: 2, last: 4, limit: 4 << 10, lost: true},
		{load: "watch", first: 5, last: 5, limit: 4 << 10, lost: true},
		{load: "connect", first: 2, last: 4, lost: true},
	} {
		through := shaky(t, address, c.first, c.last, c.limit)
		config := Config{Servers: []string{through}, Load: c.load, Sessions: 3, Depth: 2, Keys: 1, Duration: time.Hour, Count: c.count}
		report, err := Run(t.Context(), config)
		if errors.Is(err, ErrLost) != c.lost || report == nil || len(report.Errors) == 0 {
			t.Errorf("%+v: %+v, %v", c, report, err)
		}
	}
}

// shaky leads to a server. Of its connections, counted from 1 on, those from first to last end when so many bytes have
// gone to the server.
func shaky(t *testing.T, server string, first, last int, limit int64) (address string) {
	t.Helper()
	ln := listen(t)
	go func() {
		for number := 1; ; number++ {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			if number < first || number > last {
				go lead(near, server, math.MaxInt64)
			} else {
				go lead(near, server, limit)
			}
		}
	}()
	return ln.Addr().String()
}

// lead copies both ways until one side ends, or so many bytes have gone to the server.
func lead(near net.Conn, server string, limit int64) {
	defer near.Close()
	far, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(near, far)
		near.Close()
	}()
	_, _ = io.CopyN(far, near, limit)
}

// TestOneWriteForManyRequests: what becomes due together goes out together.
func TestOneWriteForManyRequests(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	l := &line{nc: near, frames: wire.NewReader(near, replyLimit)}
	f := &field{config: &Config{}, root: "/r"}
	for range 5 {
		if err := l.ask(f.create("/r/a")); err != nil {
			t.Fatal(err)
		}
	}
	want := len(l.out)
	got := make(chan int)
	go func() {
		n, _ := far.Read(make([]byte, 1<<16))
		got <- n
	}()
	if err := l.flush(); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n != want {
		t.Errorf("%d of %d bytes came at once", n, want)
	}
}

func TestCheck(t *testing.T) {
	good := Config{Servers: []string{"a:1"}, Load: "get", Sessions: 1, Depth: 1, Keys: 1, Duration: time.Second}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(*Config){
		"servers": func(c *Config) { c.Servers = nil }, "sessions": func(c *Config) { c.Sessions = 0 },
		"depth": func(c *Config) { c.Depth = 1 << 20 }, "size": func(c *Config) { c.Size = 1 << 20 },
		"keys": func(c *Config) { c.Keys = 0 }, "writes": func(c *Config) { c.Writes = 101 },
		"none of": func(c *Config) { c.Load = "put" }, "duration": func(c *Config) { c.Duration = 0 },
		"count": func(c *Config) { c.Count = -1 },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestReport(t *testing.T) {
	r := Report{Load: "get", Sessions: 2, Depth: 3, Size: 4, Keys: 5, Seconds: 1.5, Operations: 3000, PerSecond: 2000,
		Latency: Latency{P50: 12.34, P90: 999, P99: 1234, P999: 99999, Max: 2.5e6}, Errors: map[string]int64{"b": 1, "a": 2}}
	var out strings.Builder
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := `get: 2 sessions, 3 deep, values of 4 bytes, 5 keys, 1.5 s
  3000 operations, 2000 a second
  p50 12.3µs  p90 999µs  p99 1.23ms  p99.9 100ms  max 2.5s
  2 times: a
  1 times: b
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
	if text, err := json.Marshal(r); err != nil || !strings.Contains(string(text), `"p99_9":99999`) {
		t.Errorf("%s, %v", text, err)
	}
}
