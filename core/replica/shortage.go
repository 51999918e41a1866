package replica

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Space is short for all when it is for one: what any node takes, every node writes. So whenever a node has looked at
// its disk it tells the leader, in a question of its own, and hears from him how the others are. A new leader knows as
// soon as they have looked again.

// shortage is what a node knows of the disks of others.
type shortage struct {
	somewhere atomic.Bool // the disk of somebody with a vote is short, as the leader said last; on the leader, as he knows

	mu   sync.Mutex           // guards told
	told map[string]time.Time // on the leader: whose disk is short, and when they said so
}

// forgetTime is how long the leader counts a member that has said that its disk is short and then nothing any more.
const forgetTime = 3 * spaceTime

// hear notes what a member says of its disk at the time now, and reports whether that is news.
func (s *shortage) hear(id string, short bool, now time.Time) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, was := s.told[id]
	switch {
	case short && s.told == nil:
		s.told = map[string]time.Time{id: now}
	case short:
		s.told[id] = now
	default:
		delete(s.told, id)
	}
	return was != short
}

// any reports whether the disk of one of members who has a vote was short lately.
func (s *shortage) any(members []Standing, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range members {
		if said, short := s.told[m.ID]; short && !m.Observer && now.Sub(said) < forgetTime {
			return true
		}
	}
	return false
}

func (l *Log) tellOfSpace(id string, short bool) {
	if short {
		l.logger.Warn("a member has little disk space: while it has a vote, the cluster takes only deletes", "member", id)
		return
	}
	l.logger.Info("a member has disk space again", "member", id)
}

// hearOfSpace answers, on the leader, a member that tells of its disk: 1 when somebody's is short, else 0.
func (l *Log) hearOfSpace(q question) answer {
	now := time.Now()
	if l.shortage.hear(q.member.ID, q.kind == askShort, now) {
		l.tellOfSpace(q.member.ID, q.kind == askShort)
	}
	short := l.shortage.any(l.members(), now)
	l.shortage.somewhere.Store(short)
	if short {
		return answer{kind: saidDone, value: 1}
	}
	return answer{kind: saidDone}
}

// shareSpace tells the leader how the disk of this node is, and hears how those of the others are. Without one, what he
// said last holds.
func (l *Log) shareSpace() {
	ctx, cancel := context.WithTimeout(l.wheel.ended, countTime)
	defer cancel()
	kind := byte(askRoomy)
	if l.space.low.Load() {
		kind = askShort
	}
	if value, err := l.order(ctx, question{kind: kind, member: Member{ID: l.cfg.ID}}); err == nil {
		l.shortage.somewhere.Store(value != 0)
	}
}
