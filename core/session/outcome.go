package session

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// errLost ends a session when a later write of it came through and an earlier one did not.
var errLost = fmt.Errorf("%w: an earlier write was lost on the way", sdk.ErrSessionClosed)

// decide settles a write without the log. The state and mu are held.
func (s *Served) decide(p *pending, reply sdk.Message) {
	s.waiting.set(p, decided)
	s.waiting.weigh(p, p.weight+size(&reply))
	p.reply = &reply
	s.drain()
	s.rouse()
}

// Applied answers the write with number seq and everything that waited behind it. It is called from Apply.
func (s *Served) Applied(seq uint64, reply sdk.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	head := s.waiting.front()
	if head == nil || head.state != proposed || head.seq != seq {
		panic(fmt.Sprintf("session %#x: write %d was applied out of turn", s.info.ID, seq))
	}
	s.turn = seq + 1
	s.decide(head, reply)
	s.resume()
}

// drain answers what stands at the front of the queue, up to the first write whose outcome is open. The state and
// mu are held.
func (s *Served) drain() {
	defer signal(s.room)
	for p := s.waiting.front(); p != nil; p = s.waiting.front() {
		switch p.state {
		case asked:
			s.answerRead(p.cookie, p.kind, p.op, p.who)
		case decided:
			if answeredEarly(p) {
				break
			}
			p.reply.Cookie, p.reply.Kind = p.cookie, p.kind
			if p.reply.Zxid == 0 {
				p.reply.Zxid = s.core.Zxid()
			}
			s.put(*p.reply)
		default:
			return
		}
		if s.err != nil {
			return // the outbox was full: nothing waits any more
		}
		s.waiting.pop()
	}
}

// Returned takes back the write with number seq, which Apply did not take: the rules or what the verdict had read
// have changed, or it stood behind such a write. When all behind it have come back too they are judged anew, in their
// order. A write before it that has not come back was lost, and then the session ends. It is called from Apply.
func (s *Served) Returned(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.waiting.find(proposed)
	if s.err != nil {
		return
	}
	if p == nil || p.seq != seq {
		s.end(errLost)
		return
	}
	s.waiting.set(p, unjudged)
	p.stale++
	s.resume()
}
