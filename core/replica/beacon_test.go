package replica

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"
)

// With the beacon an idle follower applies at once; without it, only what the next append tells. The commit time-out
// is out of the picture, and so is a second follower: the append that brings an entry to the slower tells of its commit.
func TestBeaconMakesFollowersApply(t *testing.T) {
	c := startCluster(t, 2, func(c *Config) { c.CommitTimeout = time.Hour })
	leader, rest := c.roles(t)
	leader.propose(t, "told")
	c.same(t, 1)

	lit := leader.log.fsm.beacon.Swap(nil)
	for i, r := range []string{"told by the next", "not told"} {
		leader.propose(t, "%s", r)
		leader.applied(t, i+2)
	}
	for _, n := range rest {
		n.applied(t, 2)
		if got := n.state(); len(got) != 2 {
			t.Errorf("without the beacon %s has %q", n.cfg.ID, got)
		}
	}
	leader.log.fsm.beacon.Store(lit)
	leader.propose(t, "told again")
	c.same(t, 4)
}

// pulses records what a beacon sends, and answers what the test wants.
type pulses struct {
	sent   []uint64 // the test looks when the beacon is idle
	answer func(sent int) (bool, error)
}

func (p *pulses) send(_ raft.Server, index uint64) (bool, error) {
	time.Sleep(time.Millisecond) // virtual: the network
	p.sent = append(p.sent, index)
	return p.answer(len(p.sent))
}

// light starts a beacon for one follower.
func (p *pulses) light(t *testing.T) *beacon {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	t.Cleanup(func() { cancel(); running.Wait() })
	return startBeacon(ctx, &running, 1, make([]raft.Server, 1), p.send)
}

// pass lets virtual time go by, and everything happen that it brings.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestBeaconSendsTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pulses{answer: func(int) (bool, error) { return true, nil }}
		b := p.light(t)
		for i := range uint64(100) {
			b.tell(i)
			if i == 0 {
				synctest.Wait()
			}
		}
		pass(time.Second)
		if want := []uint64{0, 99}; !slices.Equal(p.sent, want) {
			t.Errorf("sent %d, want %d", p.sent, want)
		}
	})
}

func TestBeaconTellsAgainForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pulses{answer: func(sent int) (bool, error) { return sent == 3, nil }}
		b := p.light(t)
		b.tell(5)
		pass(time.Second)
		if want := []uint64{5, 5, 5}; !slices.Equal(p.sent, want) {
			t.Errorf("sent %d, want %d", p.sent, want)
		}
		p.sent, p.answer = nil, func(int) (bool, error) { return false, nil }
		b.tell(6)
		pass(time.Hour)
		if len(p.sent) < 3 || len(p.sent) > 6 {
			t.Errorf("to a follower that is far behind: %d", p.sent)
		}
	})
}

func TestBeaconLeavesTheAbsentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pulses{answer: func(int) (bool, error) { return false, errors.New("refused") }}
		b := p.light(t)
		for i := range uint64(1000) {
			b.tell(i)
			pass(time.Millisecond)
		}
		if len(p.sent) > 11 {
			t.Errorf("%d attempts in a second", len(p.sent))
		}
	})
}
