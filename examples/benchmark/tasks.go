package main

import (
	"context"
	"fmt"
	"time"
)

// connect opens sessions, sees what they cost while they are idle, and ends them.
func connect(sessions int) task {
	const idle = 5 * time.Second
	return task{name: fmt.Sprintf("%d sessions connecting, then idle for %v", sessions, idle), goals: []goal{{11, rate, 10, 0}},
		measure: func(ctx context.Context, c *cluster) (map[string]float64, error) {
			s, start := c.servers[0], time.Now()
			open, err := c.speaks.hold(ctx, []string{s.client}, sessions)
			if open != nil {
				defer open.end()
			}
			if err != nil {
				return nil, err
			}
			took := time.Since(start)
			return idling(ctx, s, open, idle, map[string]float64{rate: float64(sessions) / took.Seconds()})
		}}
}

// idling adds what a server takes that has nothing to do but keep sessions.
func idling(ctx context.Context, s *server, open held, idle time.Duration, numbers map[string]float64) (map[string]float64, error) {
	before, err := s.spent()
	if err != nil {
		return nil, err
	}
	if err := open.stay(ctx, idle); err != nil {
		return nil, err
	}
	after, err := s.spent()
	if err != nil {
		return nil, err
	}
	now, err := s.resident()
	numbers[bytes] = now / 1e6
	numbers[busy] = 100 * float64(after-before) / float64(idle)
	return numbers, err
}

// fill makes a great many nodes, and lets the server rest for a moment before it looks at what they take.
func fill(nodes int) task {
	const rest = 5 * time.Second
	goals := []goal{{9, rate, 5, 0}}
	if nodes == whole.nodes {
		goals = append(goals, goal{9, bytes, 0, 400})
	}
	return task{name: fmt.Sprintf("%d nodes of 100 bytes made, and what the server takes then", nodes), once: true,
		goals: goals,
		measure: func(ctx context.Context, c *cluster) (map[string]float64, error) {
			start := time.Now()
			if err := c.speaks.fill(ctx, c.servers[0].client, nodes); err != nil {
				return nil, err
			}
			took := time.Since(start)
			select {
			case <-time.After(rest):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			resident, err := c.servers[0].resident()
			return map[string]float64{rate: float64(nodes) / took.Seconds(), bytes: resident / 1e6}, err
		}}
}

// restart kills a full server and starts it again.
func restart() task {
	return task{name: "kill -9 and restart with them, until the first read", goals: []goal{{10, wait, 0, 3000}},
		measure: func(ctx context.Context, c *cluster) (map[string]float64, error) {
			s := c.servers[0]
			s.kill()
			start := time.Now()
			if err := c.start(s); err != nil {
				return nil, err
			}
			err := c.answers(ctx, s)
			return map[string]float64{wait: millis(time.Since(start))}, err
		}}
}

// failover kills the leader, and has a client who knows the others write as soon as anybody takes it.
func failover() task {
	return task{name: "kill -9 of the leader until the next acknowledged write", goals: []goal{{16, wait, 0, 1500}},
		measure: func(ctx context.Context, c *cluster) (map[string]float64, error) {
			servers, err := c.addresses(ctx)
			if err != nil {
				return nil, err
			}
			leader, err := c.leader(ctx)
			if err != nil {
				return nil, err
			}
			leader.kill()
			start := time.Now()
			if err := c.writable(ctx, servers[1:]); err != nil {
				return nil, err
			}
			took := time.Since(start)
			if err := c.start(leader); err != nil {
				return nil, err
			}
			return map[string]float64{wait: millis(took)}, c.await(ctx)
		}}
}

// writable asks one server after the other, a quarter of a second each at most, until one has written.
func (c *cluster) writable(ctx context.Context, servers []string) error {
	next := 0
	return until(ctx, c.name+" writes again", func(ctx context.Context) bool {
		ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		defer cancel()
		next++
		return c.speaks.write(ctx, servers[next%len(servers)]) == nil
	})
}
