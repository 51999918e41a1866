package session

import (
	"context"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// asideTime bounds the judging of one write beside its session's connection.
const asideTime = 2 * time.Minute

// maxStale is how often a write may come back because what its verdict rests on keeps changing.
const maxStale = 100

// errParted ends a session behind the last answer that this node could give it.
var errParted = fmt.Errorf("%w: this node is no longer one of the cluster", sdk.ErrSessionClosed)

// resume has judged anew what is ready. mu is held.
func (s *Served) resume() {
	if !s.judging && s.ready() != nil {
		s.judging = true
		life := s.lifetime()
		s.core.Go(func() { s.rejudge(life) })
	}
}

// ready is the first unjudged write, or nil when there is none, or a proposed one behind it has yet to come back, or
// its verdict rests on one before it that has yet to be applied. mu is held.
func (s *Served) ready() *pending {
	if s.waiting.count(unjudged) == 0 {
		return nil
	}
	var first *pending
	for p := range s.waiting.all() {
		switch {
		case p.state == unjudged && first == nil:
			first = p
		case p.state == proposed && first != nil:
			return nil
		}
	}
	if first.rests && s.waiting.count(proposed) > 0 {
		return nil
	}
	return first
}

// rejudge judges and proposes what is ready, in order, until nothing is. It ends with the session's life.
func (s *Served) rejudge(life context.Context) {
	for {
		s.mu.Lock()
		p := s.ready()
		if p == nil {
			s.judging = false
			s.mu.Unlock()
			return
		}
		record, who := p.record, p.who
		s.mu.Unlock()
		s.rejudgeOne(life, record, who)
	}
}

// rejudgeOne judges the write that is ready, whose record is given, and has the log take it.
//
// While nothing but room in the log is missing, the verdict stays: to judge a reconfiguration is to carry it out, and the
// second time would find that the members have changed. Whatever it is, Apply sees whether the verdict still holds. Only one
// that rests on the state is made anew, for that moves while the log is full, and a write that comes back waits once more.
func (s *Served) rejudgeOne(life context.Context, record []byte, who []sdk.Identity) {
	t, err := txn.Decode(record)
	if err != nil {
		panic(fmt.Sprintf("session %#x: own record: %v", s.info.ID, err))
	}
	before := s.inFlight()
	verdict := s.judgeAside(life, who, &t.Op)
	for {
		room := s.settle(record, &t.Op, &verdict, before)
		if room == nil {
			return
		}
		_ = s.awaitLog(life, room) // when life ends nothing is ready any more
		if len(verdict.Guards) > 0 {
			return
		}
	}
}

func (s *Served) judgeAside(life context.Context, who []sdk.Identity, op *sdk.Op) Verdict {
	ctx, cancel := context.WithTimeout(life, asideTime)
	defer cancel()
	return s.core.Judge(ctx, s.info.ID, who, op)
}

// settle does with the write that is ready, whose record is given, what its verdict says; before is how many were on their
// way when it was judged. Only one goroutine takes writes out of that state and drain does not pass them; but one before it
// may have come back meanwhile, and then this verdict is dropped. When the log has no room, nothing is done, and what is
// given is closed when there is.
func (s *Served) settle(record []byte, op *sdk.Op, verdict *Verdict, before int) (room <-chan struct{}) {
	s.core.RLock()
	defer s.core.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.ready()
	if p == nil || &p.record[0] != &record[0] {
		return nil
	}
	p.rests = len(verdict.Guards) > 0
	switch {
	case p.rests && before > 0: // it is ready again once those have been applied
	case verdict.Refusal != nil:
		s.decide(p, refused(op, verdict.Refusal))
	case verdict.Last != nil:
		s.decide(p, *verdict.Last)
		s.end(errParted)
	case p.rests && p.stale >= maxStale:
		s.decide(p, sdk.Message{Code: sdk.CodeOperationTimeout})
	default:
		room, _ = s.propose(p, verdict, op, nil) // a failure has ended the session, which is how its client learns
		if room != nil {
			p.record = record // by which it is known
		}
	}
	return room
}

// inFlight is how many writes are on their way.
func (s *Served) inFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting.count(proposed)
}
