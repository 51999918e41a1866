package main

import (
	"context"
	"fmt"
	"time"
)

// sizes are how much is done.
type sizes struct {
	rounds   int
	duration time.Duration // of a steady load
	nodes    int           // that a server is filled with
	sessions int           // that connect
	watchers int
}

var (
	whole = sizes{rounds: 3, duration: 3 * time.Second, nodes: 1_000_000, sessions: 10_000, watchers: 10_000}
	quick = sizes{rounds: 1, duration: time.Second, nodes: 50_000, sessions: 1_000, watchers: 1_000}
)

// goal is what Grove aims for: one of the budgets of its design, by number.
type goal struct {
	budget int
	metric string
	times  float64 // what ZooKeeper has, at least so many times when more is better, or at most
	atMost float64 // instead of times: a number
}

// task is one thing that is measured on every kind of server, round by round, each round giving numbers by metric.
type task struct {
	name    string
	once    bool // one round only, for it takes long
	goals   []goal
	measure func(ctx context.Context, c *cluster) (map[string]float64, error)
}

// The metrics, and which are better when they are more.
const (
	rate  = "a second"
	p50   = "p50 ms"
	p99   = "p99 ms"
	bytes = "MB resident"
	busy  = "% of a core"
	wait  = "ms"

	disk    = "the disk alone, p50 ms"
	inSyncs = "p50, times the disk's"
)

func moreIsBetter(metric string) bool { return metric == rate }

// steady is a task that puts a load on a cluster. With follower it asks the servers that do not lead, else with leader
// that which does, else all of them.
func steady(name string, l load, where string, goals ...goal) task {
	return task{name: name, goals: goals, measure: func(ctx context.Context, c *cluster) (map[string]float64, error) {
		servers, err := c.addresses(ctx)
		if err != nil {
			return nil, err
		}
		switch where {
		case "leader":
			servers = servers[:1]
		case "follower":
			servers = servers[1:2]
		}
		m, err := c.speaks.put(ctx, servers, l)
		numbers := map[string]float64{rate: m.rate, p50: millis(m.p50), p99: millis(m.p99)}
		if l.sessions*l.depth > 1 {
			delete(numbers, p50) // it follows from the rate
		}
		return numbers, err
	}}
}

func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// ofOne is measured on a single server, ofThree on a cluster of three.
func ofOne(s sizes) []task {
	l := func(what string, sessions, depth int) load {
		return load{what: what, sessions: sessions, depth: depth, duration: s.duration}
	}
	return []task{
		connect(s.sessions),
		steady("reads, 8 sessions × 32 in flight", l("get", 8, 32), "", goal{1, rate, 10, 0}),
		steady("reads, 64 sessions × 1", l("get", 64, 1), ""),
		besideDisk(steady("writes, 1 client × 1", l("set", 1, 1), "", goal{4, inSyncs, 0, 1.2})),
		steady("writes, 64 clients × 1", l("set", 64, 1), ""),
		steady("writes, 64 clients × 16", l("set", 64, 16), "", goal{3, rate, 4, 0}, goal{3, p99, 0.25, 0}),
		steady("writes, 1,024 clients × 1", l("set", 1024, 1), ""),
		watched(s.watchers),
	}
}

func ofThree(s sizes) []task {
	l := func(what string, sessions, depth int) load {
		return load{what: what, sessions: sessions, depth: depth, duration: s.duration}
	}
	return []task{
		steady("writes, 1 client × 1, at the leader", l("set", 1, 1), "leader", goal{7, p50, 1, 0}, goal{7, p99, 0.5, 0}),
		steady("writes, 1 client × 1, at a follower", l("set", 1, 1), "follower", goal{7, p50, 1, 0}, goal{7, p99, 0.5, 0}),
		steady("writes, 64 clients × 1", l("set", 64, 1), ""),
		steady("writes, 64 clients × 1, at a follower", l("set", 64, 1), "follower"),
		steady("writes, 48 clients × 16", l("set", 48, 16), "", goal{5, rate, 5, 0}),
		steady("writes, 256 clients × 1", l("set", 256, 1), "", goal{6, rate, 5, 0}),
		steady("writes, 1,024 clients × 1", l("set", 1024, 1), ""),
		steady("mixed 90/10, 24 clients × 16", l("mixed", 24, 16), "", goal{8, rate, 5, 0}),
		failover(),
	}
}

func watched(watchers int) task {
	t := steady(fmt.Sprintf("an event for %d watchers", watchers), load{what: "watch", sessions: watchers, count: 5}, "", goal{12, p99, 0.334, 0})
	measure := t.measure
	t.measure = func(ctx context.Context, c *cluster) (map[string]float64, error) {
		numbers, err := measure(ctx, c)
		delete(numbers, rate) // of events, with pauses between them
		return numbers, err
	}
	return t
}
