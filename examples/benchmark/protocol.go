package main

import (
	"context"
	"time"
)

// load is a steady load.
type load struct {
	what     string // get, set, mixed (nine reads to a write), watch
	sessions int
	depth    int // requests that each keeps unanswered
	duration time.Duration
	count    int // of writes that are watched, with watch, which has no duration
}

// measured is what came of it. Times are of one operation, from the request to its answer; with watch of one event, since
// the write that made it.
type measured struct {
	rate     float64 // operations a second
	p50, p99 time.Duration
}

// protocol is what generates load. The servers are host:port. All methods may be called at any time, one at a time.
type protocol interface {
	// put puts a load on servers, sessions spread over them.
	put(ctx context.Context, servers []string, l load) (measured, error)
	// fill makes so many nodes of 100 bytes, and leaves them there.
	fill(ctx context.Context, server string, nodes int) error
	// hold opens so many sessions, many at a time, and gives them.
	hold(ctx context.Context, servers []string, sessions int) (held, error)
	// read and write do so once, on a connection of their own.
	read(ctx context.Context, server string) error
	write(ctx context.Context, server string) error
	// leads reports whether a server leads its cluster. One that does not serve does not.
	leads(ctx context.Context, server string) bool
}

// held is sessions that are there and do nothing but stay.
type held interface {
	// stay keeps them alive for so long.
	stay(ctx context.Context, d time.Duration) error
	// end ends them.
	end()
}

// value is what all writes write: a value of 100 bytes.
var value = []byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrs")[:100]
