package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

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
		s.owed.Store(true)
		err = s.awaitLog(ctx, room)
		s.owed.Store(false)
		if err != nil {
			return err
		}
	}
}

// enter has a write join the queue. When the log has no room for it, it is as if that had not been tried, and what is
// given is closed when it may be tried again.
func (s *Served) enter(write *pending, aside bool, verdict *Verdict, op *sdk.Op) (room <-chan struct{}, err error) {
	if verdict.Refusal != nil { // it may be answered at once; others are taken while writes are applied
		s.core.RLock()
		defer s.core.RUnlock()
	}
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
