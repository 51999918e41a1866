package replica

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/raft"
)

// follower answers appends when the test lets it, and remembers them.
type follower struct {
	asked  chan *raft.AppendEntriesRequest
	answer chan bool
}

func (f *follower) append(req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	f.asked <- req
	if !<-f.answer {
		return errors.New("lost")
	}
	resp.Success = true
	return nil
}

// testLane is a lane to a follower who has everything up to entry 5 of term 1.
func testLane(ctx context.Context, running *sync.WaitGroup) (*lane, *follower, *pipeline) {
	f := &follower{make(chan *raft.AppendEntriesRequest), make(chan bool)}
	e := startEarly(ctx, running, raft.AppendEntriesRequest{Term: 1}, func() uint64 { return 4 }, map[raft.ServerID]appender{"n2": f.append})
	k := e.lanes["n2"]
	k.matched(position{5, 1})
	return k, f, &pipeline{ready: make(chan raft.AppendFuture, maxReady), closed: make(chan struct{})}
}

// raftsAppend is raft's append of what is written.
func raftsAppend(p *pipeline, from, to uint64) *joined {
	return &joined{req: &raft.AppendEntriesRequest{Term: 1, Entries: entries(from, to)}, resp: new(raft.AppendEntriesResponse), pipeline: p}
}

// What goes early is an append as raft would make it; raft's own has the follower's answer, and not before he gave it.
func TestEarlyAppend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		k, f, p := testLane(ctx, &running)
		k.offer(entries(6, 7))
		req := <-f.asked
		if req.Term != 1 || req.PrevLogEntry != 5 || req.PrevLogTerm != 1 || req.LeaderCommitIndex != 4 || len(req.Entries) != 2 {
			t.Errorf("asked %+v", req)
		}
		k.offer(entries(8, 8))
		k.offer(entries(9, 9))
		for _, end := range []uint64{7, 9} {
			if !k.join(raftsAppend(p, 6, end)) {
				t.Errorf("an append to %d is not joined", end)
			}
		}
		if len(p.ready) != 0 {
			t.Fatal("raft was told before the follower was")
		}
		f.answer <- true
		if req := <-f.asked; req.PrevLogEntry != 7 || len(req.Entries) != 2 {
			t.Errorf("then asked %+v", req)
		}
		if got := <-p.ready; !got.Response().Success || endOf(got.Request().Entries).index != 7 || len(p.ready) != 0 {
			t.Errorf("raft was told %+v, and %d more", got.Response(), len(p.ready))
		}
		f.answer <- true
		if got := <-p.ready; !got.Response().Success {
			t.Errorf("then told %+v", got.Response())
		}
		cancel()
		running.Wait()
	})
}

// After an early append that was lost nothing goes early until raft has brought the follower to the end of the log.
func TestEarlyAppendLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		k, f, p := testLane(ctx, &running)
		k.offer(entries(6, 6))
		<-f.asked
		k.join(raftsAppend(p, 6, 6))
		k.offer(entries(7, 7))
		f.answer <- false
		if got := <-p.ready; got.Response().Success {
			t.Error("raft was told that the follower has it")
		}
		k.offer(entries(8, 8))
		k.matched(position{7, 1})
		k.offer(entries(9, 9))
		synctest.Wait()
		if k.join(raftsAppend(p, 8, 9)) || len(f.asked) > 0 {
			t.Error("something goes early that does not follow on what the follower has")
		}
		k.matched(position{9, 1})
		k.offer(entries(10, 10))
		if req := <-f.asked; req.PrevLogEntry != 9 || len(req.Entries) != 1 {
			t.Errorf("then asked %+v", req)
		}
		k.join(raftsAppend(p, 10, 10))
		cancel()
		if got := <-p.ready; got.Response().Success {
			t.Error("a lane that has ended says yes")
		}
		f.answer <- true
		running.Wait()
	})
}

// meddle makes the early appends of a node what a bad network would: lost before or after they came, sent twice, or
// again when newer ones have been.
func (n *node) meddle(seed uint64) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	older := make(map[raft.ServerID]*raft.AppendEntriesRequest)
	n.cfg.early = func(to raft.ServerID, send appender) appender {
		return func(req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
			mu.Lock()
			fate, again := random.IntN(8), older[to]
			older[to] = req
			mu.Unlock()
			lost := new(raft.AppendEntriesResponse)
			switch fate {
			case 0:
				return errors.New("lost on its way")
			case 1:
				return errors.Join(errors.New("the answer is lost"), send(req, lost))
			case 2:
				_ = send(req, lost)
			case 3:
				if again != nil {
					_ = send(again, lost)
				}
			}
			return send(req, resp)
		}
	}
}

// Whatever becomes of early appends, and of leaders, all nodes apply the same, and what was applied anywhere stays.
func TestEarlyAppendsOfABadNetwork(t *testing.T) {
	const rounds, each = 3, 200
	c := startCluster(t, 3, hasty)
	for i, n := range c {
		n.kill(t)
		n.meddle(uint64(i))
		n.start(t)
	}
	var kept []string
	for round := range rounds {
		leader, rest := c.roles(t)
		for i := range each {
			for _, n := range c {
				_ = n.log.Propose(fmt.Appendf(nil, "%d %s %d", round, n.cfg.ID, i)) // a leader may change
			}
		}
		leader.wait(t, "some are applied", func() bool { return len(leader.records) > len(kept)+each })
		kept = leader.state()
		leader.kill(t)
		rest.roles(t)
		leader.start(t)
	}
	leader, _ := c.roles(t)
	leader.propose(t, "end")
	for _, n := range c {
		n.wait(t, "all", func() bool { return len(n.records) > 0 && n.records[len(n.records)-1] == "end" })
		if got := n.state(); !slices.Equal(got[:len(kept)], kept) || !slices.Equal(got, leader.state()) {
			t.Errorf("%s has %d records, others than %s with %d", n.cfg.ID, len(got), leader.cfg.ID, len(leader.state()))
		}
	}
}
