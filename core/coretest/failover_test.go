package coretest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// heartbeat is how long a leader may be silent, in a node that is told nothing else.
const heartbeat = 500 * time.Millisecond

// A leader that dies is followed as soon as he has been silent long enough, not at a time of raft's choice.
func TestFailoverAfterOneTimeout(t *testing.T) {
	for _, size := range []int{3, 5} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("nodes=%d/seed=%d", size, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := Open(t, seed, size)
					defer c.Close()
					must(t, c.Serve(t.Context()))
					leader := leading(t, c)
					begun := time.Now()
					c.Crash(leader)
					for leading(t, c) < 0 {
						time.Sleep(time.Millisecond)
					}
					if took := time.Since(begun); took < heartbeat || took > heartbeat+heartbeat/4 {
						t.Errorf("after %s was killed somebody led after %v, want a little over %v", c.Name(leader), took, heartbeat)
					}
					c.Start(leader)
					must(t, c.Serve(t.Context()))
				})
			})
		}
	}
}

// leading is the node that leads and says so; -1 for none.
func leading(t *testing.T, c *Cluster) int {
	t.Helper()
	for _, i := range c.Running() {
		status, err := c.Node(i).Status(t.Context())
		must(t, err)
		if status.Leader == c.Name(i) && status.Serving {
			return i
		}
	}
	return -1
}
