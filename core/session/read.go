package session

import (
	"cmp"
	"context"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// submitRead answers at once when nothing of the session waits, else it queues.
func (s *Served) submitRead(ctx context.Context, cookie uint64, op *sdk.Op) error {
	switch op.Kind {
	case sdk.OpGetChildren, sdk.OpGetChildren2:
		s.core.Prepare(s.Identities(), op)
	case sdk.OpSetWatches, sdk.OpSetWatches2:
		return s.submitWatches(ctx, cookie, op)
	}
	s.core.RLock()
	defer s.core.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.unanswered++
	if s.atOnce(op.Kind) {
		s.answerRead(cookie, op.Kind, op, s.who)
		if !s.quiet {
			s.rouse()
		}
		return nil
	}
	kind := op.Kind
	switch kind { // who somebody is counts for what is submitted after it, though the answer comes in its turn
	case sdk.OpAuth:
		op = &sdk.Op{Kind: sdk.OpError, Version: int32(s.authenticate(op))}
	case sdk.OpSASL:
		if code := s.vouch(op); code != sdk.OK {
			op = &sdk.Op{Kind: sdk.OpError, Version: int32(code)}
		} else {
			op = &sdk.Op{Kind: sdk.OpSASL, Data: op.Data}
		}
	}
	data, names := s.core.Weigh(op)
	weight := opBytes + len(op.Path) + len(op.Data) + data + nameBytes*names
	s.waiting.push(pending{cookie: cookie, kind: kind, state: asked, op: cloneRead(op), who: s.who, weight: weight})
	return nil
}

// atOnce reports whether an operation that is no write is answered when it is submitted: when nothing of the session
// waits. A ping waits behind writes in the log like any other, so that the client of a cluster that is stuck notices; but
// not behind one that waits for its verdict, which may take long and says nothing of the cluster. mu is held.
func (s *Served) atOnce(kind sdk.OpKind) bool {
	return s.waiting.empty() || kind == sdk.OpPing && s.waiting.count(unjudged) > 0
}

// answerRead puts the reply to anything but a write into the outbox; kind is what the client asked, which op may put
// in other words. The state and mu are held.
func (s *Served) answerRead(cookie uint64, kind sdk.OpKind, op *sdk.Op, who []sdk.Identity) {
	reply := sdk.Message{Cookie: cookie, Kind: kind, Zxid: s.core.Zxid()}
	switch op.Kind {
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetACL, sdk.OpGetChildren, sdk.OpGetChildren2,
		sdk.OpMultiRead, sdk.OpGetEphemerals, sdk.OpGetAllChildrenNumber:
		reply.Result, reply.Code = s.core.Read(s, who, op)
	case sdk.OpAddWatch, sdk.OpCheckWatches, sdk.OpRemoveWatches:
		reply.Code = s.core.Watch(s, op)
	case sdk.OpWhoAmI:
		reply.Result.Who = shown(who)
	case sdk.OpAuth:
		reply.Code = s.authenticate(op)
	case sdk.OpSASL:
		reply.Code = s.vouch(op)
		reply.Result.Data = slices.Clone(op.Data)
	case sdk.OpError:
		reply.Code = sdk.Code(op.Version)
	case sdk.OpPing:
	default:
		reply.Code = sdk.CodeUnimplemented
	}
	s.put(reply)
}

// submitWatches is submitRead for the watches of a client that comes back. Nothing of the session waits.
func (s *Served) submitWatches(ctx context.Context, cookie uint64, op *sdk.Op) error {
	who := s.Identities()
	s.owed.Store(true)
	catchUp := s.core.CatchUp(ctx, s, who, cloneWatches(cmp.Or(op.Watches, &sdk.Watches{})))
	s.owed.Store(false)
	if err := ctx.Err(); err != nil {
		return err
	}
	s.core.RLock()
	defer s.core.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.unanswered++
	catchUp(func(event *sdk.Event) {
		s.outbox.push(sdk.Message{Zxid: event.Zxid, Event: event})
		s.outbox.spared++
	})
	s.put(sdk.Message{Cookie: cookie, Kind: op.Kind, Zxid: s.core.Zxid()})
	if !s.quiet {
		s.rouse()
	}
	return nil
}
