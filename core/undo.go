package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

const (
	undoTries  = 5           // how often somebody else may change the members while a newcomer is taken out again
	noticeTime = time.Second // within which a node hears of a change of the members that the leader knows
)

// undo takes the newcomers out again.
func (r *reshaping) undo(ctx context.Context) error {
	for _, m := range r.came {
		if err := r.undoOne(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// undoOne takes out a newcomer. When somebody else has changed the members since, it looks what he has made of it: one that
// has a vote by now, or another address, is his.
func (r *reshaping) undoOne(ctx context.Context, m sdk.Member) (err error) {
	for range undoTries {
		err = r.step(r.node.log.Remove(ctx, m.ID, r.after))
		if !errors.Is(err, replica.ErrChanged) {
			return err
		}
		if r.notice(ctx) && !r.stands(m) {
			return nil
		}
	}
	return fmt.Errorf("member %s at %s may be left behind: %v", m.ID, m.Addr, err) // not why all this has failed
}

// notice has the next step rest on newer members; false when none are heard of in time.
func (r *reshaping) notice(ctx context.Context) bool {
	return until(ctx, noticeTime, func() bool {
		now := r.node.log.Status().MembersIndex
		newer := now > r.after
		r.after = max(r.after, now)
		return newer
	})
}

// stands reports whether a newcomer is a member still, as it was let in. It is asked behind notice: what it sees is not
// older than what the next step rests on.
func (r *reshaping) stands(m sdk.Member) bool {
	r.node.mu.RLock()
	defer r.node.mu.RUnlock()
	return slices.ContainsFunc(r.node.roster.Members(), func(now sdk.Member) bool {
		return now.ID == m.ID && now.Addr == m.Addr && now.Observer
	})
}
