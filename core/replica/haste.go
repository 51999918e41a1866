package replica

import (
	"slices"
	"time"

	"github.com/hashicorp/raft"
)

// A leader whose stream breaks has most likely died: a process that ends has its connections ended for it. Raft does not
// know of the stream. It looks, at a time picked at random, whether the leader was silent for the heartbeat time-out, and
// when he was not silent long enough, after another such time: one to three time-outs pass until a follower stands for
// election, and one who stands first is refused by those who have not looked yet.
//
// So whoever loses the stream looks as soon as it may tell something: one time-out later, the followers one after the
// other, in the order of their names. The one that completes a majority finds that all before it have given the leader
// up, and is elected. When he lives, and just the stream broke, raft has heard of him meanwhile, and nothing happens.
//
// hasteStep lies between two followers: time for one to be refused before the next one asks.
const hasteStep = 25 * time.Millisecond

// hasten has raft look again after a leader was lost. Its goroutine ends then, or when the log is closed.
func (l *Log) hasten(from bearing) {
	rank := slices.Index(l.heirs(from.leader), l.cfg.ID)
	if rank < 0 {
		return
	}
	l.steering.Go(func() {
		select {
		case <-time.After(l.cfg.HeartbeatTimeout + time.Duration(rank)*hasteStep):
		case <-l.wheel.ended.Done():
			return
		}
		if l.bearing() == from {
			l.lookNow()
		}
	})
}

// heirs are those who may be elected after a leader, in order.
func (l *Log) heirs(leader string) (ids []string) {
	for _, s := range l.servers() {
		if s.Suffrage == raft.Voter && string(s.ID) != leader {
			ids = append(ids, string(s.ID))
		}
	}
	slices.Sort(ids)
	return ids
}

// lookNow makes raft look at its clock: a heartbeat time-out that becomes shorter does, so it is made longer first, and the
// time-out of elections too, which is never the shorter of the two.
func (l *Log) lookNow() {
	for _, longer := range []time.Duration{time.Millisecond, -time.Millisecond} {
		err := l.tune(func(raft *raft.ReloadableConfig) {
			raft.HeartbeatTimeout += longer
			raft.ElectionTimeout += longer
		})
		if err != nil {
			l.logger.Warn("raft's time-outs stay as they are", "error", err)
		}
	}
}
