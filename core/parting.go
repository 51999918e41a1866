package core

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// Whoever takes out the leader, or the node that he talks to, takes away what his answer has to come by: nobody leads for
// a moment, and then every session is let go. So his own is kept meanwhile. It waits for this answer, and nothing behind
// it is read or written before, so it sees nothing that it must not. On a node that stays it is let go in any case before
// its record is proposed: from then on it has a leader as any other has, or ends as any other does.

// How long such a session is kept at most: until there is another leader, or until a node hears that it is outside. Neither
// need ever be.
const (
	partTime    = 5 * time.Second
	outsideTime = time.Second
)

// parts reports whether the leader or this node is taken out.
func (r *reshaping) parts() bool {
	return slices.ContainsFunc(r.plan.Remove, func(id string) bool { return id == r.leader || id == r.node.cfg.ID })
}

// leaving are those who are taken out, in order: the leader, who does it, behind the others, and then this node.
func (r *reshaping) leaving() []string {
	rank := map[string]int{r.leader: 1}
	rank[r.node.cfg.ID] = 2
	ids := slices.Clone(r.plan.Remove)
	slices.SortStableFunc(ids, func(a, b string) int { return rank[a] - rank[b] })
	return ids
}

// takeOut takes out who leaves. Behind the leader it takes another one. Who leads is asked now, for newcomers were waited
// for since the plan was made.
func (r *reshaping) takeOut(ctx context.Context) error {
	now := r.node.log.Status()
	r.leader, r.term = now.Leader, now.Term
	ids := r.leaving()
	for i, id := range ids {
		if i > 0 && ids[i-1] == r.leader {
			r.awaitNext(ctx)
		}
		if id == r.leader || id == r.node.cfg.ID {
			r.node.parting.Store(r.session)
		}
		if err := r.step(r.node.log.Remove(ctx, id, r.after)); err != nil {
			r.node.letGo(r.session)
			return err
		}
	}
	return nil
}

// awaitNext waits for the leader behind the one who was taken out, who may lead already.
func (r *reshaping) awaitNext(ctx context.Context) {
	until(ctx, partTime, func() bool { return r.node.led.Load() > r.term })
}

// part ends a reconfiguration that has taken out the leader or this node. A node that stays waits for the next leader,
// and its record goes through the log as any other. One that goes has nothing but its own word.
func (r *reshaping) part(ctx context.Context) session.Verdict {
	n := r.node
	if !slices.Contains(r.plan.Remove, n.cfg.ID) {
		r.awaitNext(ctx)
		n.letGo(r.session)
		return session.Verdict{}
	}
	if !until(ctx, outsideTime, func() bool { return n.log.Status().MembersIndex >= r.after }) {
		n.letGo(r.session)
		return session.Verdict{}
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	return session.Verdict{Last: &sdk.Message{Zxid: n.zxid, Result: n.membersNow()}}
}

// letGo keeps a session no longer, and ends it if all others were ended meanwhile.
func (n *Node) letGo(id int64) {
	n.parting.Store(0)
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	s := n.served[id]
	n.watchMu.Unlock()
	if err := n.notServing(); err != nil && s != nil {
		s.End(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, err))
	}
}

// until looks again and again whether ok holds; false when it does not within a time, or ctx ends.
func until(ctx context.Context, within time.Duration, ok func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
