package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// asideTime bounds the judging of one write beside its session's connection.
const asideTime = 2 * time.Minute

// maxStale is how often a write may come back because what its verdict rests on keeps changing.
const maxStale = 100

// errLost ends a session when a later write of it came through and an earlier one did not.
var errLost = fmt.Errorf("%w: an earlier write was lost on the way", sdk.ErrSessionClosed)

// errParted ends a session behind the last answer that this node could give it.
var errParted = fmt.Errorf("%w: this node is no longer one of the cluster", sdk.ErrSessionClosed)

// submitWrite has the write judged, gives it its number and proposes it, as soon as the log has room for it. The answer
// comes through Applied.
func (s *Served) submitWrite(ctx context.Context, cookie uint64, op *sdk.Op) error {
	write := pending{cookie: cookie, kind: op.Kind, who: s.Identities(), state: unjudged}
	aside := txn.Carries(op) && s.core.Unsettled(op)
	var verdict Verdict
	if !aside {
		verdict = s.judge(ctx, write.who, op)
	}
	for {
		room, err := s.enter(&write, aside, &verdict, op)
		if room == nil {
			return err
		}
		if err := s.awaitLog(ctx, room); err != nil {
			return err
		}
	}
}

// enter has a write join the queue. When the log has no room for it, it is as if that had not been tried, and what is
// given is closed when it may be tried again.
func (s *Served) enter(write *pending, aside bool, verdict *Verdict, op *sdk.Op) (room <-chan struct{}, err error) {
	s.core.RLock() // a refusal may be answered at once
	defer s.core.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	s.unanswered++
	p := s.waiting.push(*write)
	switch {
	case verdict.Refusal != nil:
		s.decide(p, refused(op, verdict.Refusal))
	case aside || len(verdict.Guards) > 0: // it is judged when all before it have been applied
		s.encode(p, verdict, op, p.record)
		p.rests = true
		s.resume()
	case s.waiting.count(unjudged) > 1:
		s.encode(p, verdict, op, p.record) // it must not overtake those that are judged anew
	default:
		if room, err = s.propose(p, verdict, op, p.record); room != nil {
			*write = s.waiting.unpush()
			s.unanswered--
		}
	}
	return room, err
}

// awaitLog waits for room in the log. A quiet frontend is woken to take what is there.
func (s *Served) awaitLog(ctx context.Context, room <-chan struct{}) error {
	s.mu.Lock()
	life := s.lifetime()
	s.rouse()
	s.mu.Unlock()
	select {
	case <-room:
	case <-life.Done(): // who tries again sees why
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// judge has a write judged that the log can carry; any other cannot have been read right.
func (s *Served) judge(ctx context.Context, who []sdk.Identity, op *sdk.Op) Verdict {
	if !txn.Carries(op) {
		return Verdict{Refusal: &sdk.Rejection{Op: -1, Code: sdk.CodeMarshallingError}}
	}
	return s.core.Judge(ctx, s.info.ID, who, op)
}

// encode makes the record of a write, in spare if it has room there. mu is held.
func (s *Served) encode(p *pending, verdict *Verdict, op *sdk.Op, spare []byte) {
	p.rests = len(verdict.Guards) > 0
	p.record = txn.Append(slices.Grow(spare[:0], 96+len(op.Path)+len(op.Data)), &txn.Txn{
		Kind: txn.Write, Session: s.info.ID, Epoch: s.epoch, Seq: p.seq,
		Rules: verdict.Rules, Guards: verdict.Guards, Identities: p.who, Op: *op,
	})
	s.waiting.weigh(p, weight(p.record, len(op.Ops)))
}

// propose gives an admitted write the next number and sends it on its way; without anyone to send it to, the session
// ends, and without room for it, it is not on its way. Everything proposed before it is, so its number follows from how
// many that are. mu is held.
func (s *Served) propose(p *pending, verdict *Verdict, op *sdk.Op, spare []byte) (room <-chan struct{}, err error) {
	p.seq = s.turn + uint64(s.waiting.count(proposed))
	s.encode(p, verdict, op, spare)
	switch room, err = s.core.Propose(p.record); {
	case err != nil:
		s.end(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, err))
		return nil, s.err
	case room == nil:
		s.waiting.set(p, proposed)
		s.answerEarly(p)
	}
	return room, nil
}

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
		if room := s.rejudgeOne(life, record, who); room != nil {
			_ = s.awaitLog(life, room) // when life ends nothing is ready any more
		}
	}
}

// rejudgeOne judges the write that is ready, whose record is given. Only this goroutine takes writes out of that
// state and drain does not pass them; but one before it may come back meanwhile, and then this verdict is dropped. So it is
// when the log has no room: what is given is closed when there is.
func (s *Served) rejudgeOne(life context.Context, record []byte, who []sdk.Identity) (room <-chan struct{}) {
	t, err := txn.Decode(record)
	if err != nil {
		panic(fmt.Sprintf("session %#x: own record: %v", s.info.ID, err))
	}
	ctx, cancel := context.WithTimeout(life, asideTime)
	defer cancel()
	before := s.inFlight()
	verdict := s.core.Judge(ctx, s.info.ID, who, &t.Op)

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
		s.decide(p, refused(&t.Op, verdict.Refusal))
	case verdict.Last != nil:
		s.decide(p, *verdict.Last)
		s.end(errParted)
	case p.rests && p.stale >= maxStale:
		s.decide(p, sdk.Message{Code: sdk.CodeOperationTimeout})
	default:
		room, _ = s.propose(p, &verdict, &t.Op, nil) // a failure has ended the session, which is how its client learns
	}
	return room
}

// inFlight is how many writes are on their way.
func (s *Served) inFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting.count(proposed)
}

// refused is the reply to a write that was refused: in a multi, the operation named has failed; with none named (-1),
// the whole.
func refused(op *sdk.Op, r *sdk.Rejection) sdk.Message {
	if op.Kind != sdk.OpMulti || r.Op < 0 {
		return sdk.Message{Code: r.Code}
	}
	results := make([]sdk.OpResult, len(op.Ops))
	for i := range results {
		results[i].Kind = sdk.OpError
		switch {
		case i == r.Op:
			results[i].Code = r.Code
		case i > r.Op:
			results[i].Code = sdk.CodeRuntimeInconsistency
		}
	}
	return sdk.Message{Result: sdk.Result{Multi: results}}
}
