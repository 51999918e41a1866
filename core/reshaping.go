package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/sdk"
)

// reshaping is a reconfiguration under way. Each of its steps rests on the one before: when somebody else changes the
// members in between, it ends.
type reshaping struct {
	node  *Node
	plan  roster.Plan
	after uint64       // index of the configuration that the next step rests on
	came  []sdk.Member // newcomers that were let in, or may have been

	session int64  // whose it is
	leader  string // when the first is taken out
	term    uint64 // then
}

// errNotCaughtUp is the outcome when a new member did not come up in time.
var errNotCaughtUp = errors.New("not up to date in time")

// carryOut lets in first and takes out last. Newcomers that do not come up in time are taken out again: the cluster is as
// it was.
func (r *reshaping) carryOut(ctx context.Context) error {
	if err := r.letIn(ctx); err != nil {
		return errors.Join(err, r.undo(context.WithoutCancel(ctx)))
	}
	return r.takeOut(ctx)
}

// step notes what the next step rests on.
func (r *reshaping) step(now uint64, err error) error {
	if err == nil {
		r.after = now
	}
	return err
}

func (r *reshaping) letIn(ctx context.Context) error {
	for i, m := range slices.Concat(r.plan.Add, r.plan.Move) {
		err := r.step(r.node.log.AddObserver(ctx, replica.Member{ID: m.ID, Addr: m.Addr}, r.after))
		if i < len(r.plan.Add) && !errors.Is(err, replica.ErrChanged) {
			r.came = append(r.came, m)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range r.plan.Promote {
		if err := r.promote(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (r *reshaping) promote(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, r.node.cfg.JoinTime)
	defer cancel()
	err := r.step(r.node.log.Promote(ctx, id, r.after))
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("member %s at %s: %w: %s (%w)", id, r.addr(id), errNotCaughtUp, r.whereabouts(id), err)
	}
	return err
}

func (r *reshaping) addr(id string) string {
	r.node.mu.RLock()
	defer r.node.mu.RUnlock()
	for _, m := range r.node.roster.Members() {
		if m.ID == id {
			return m.Addr
		}
	}
	return "no address"
}

// whereabouts is what this node knows of a member that is awaited: the leader has a connection with whoever follows.
func (r *reshaping) whereabouts(id string) string {
	switch now := r.node.log.Status(); {
	case now.Leader != r.node.cfg.ID:
		return "only the leader knows whether it is there"
	case slices.Contains(now.Followers, id):
		return "it follows, but too far behind"
	}
	return "nobody there has come to the leader"
}
