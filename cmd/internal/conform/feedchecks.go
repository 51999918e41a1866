package conform

import (
	"context"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// resume: a follower whose feed ends begins another one, no later than what it was given last.
func resume(ctx context.Context, t *trial) error {
	if err := t.follower(ctx); err != nil {
		return err
	}
	zxid, err := t.change(ctx, 200, 16)
	if err == nil {
		err = t.takes(ctx, zxid)
	}
	if err != nil {
		return err
	}
	return t.followsAgain(ctx, func() error {
		t.witness.cutAll(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, sdk.ErrNotServing))
		return nil
	})
}

// followsAgain does something that ends the program's feed, and sees that it leaves nothing out.
func (t *trial) followsAgain(ctx context.Context, disturb func() error) error {
	since, given := len(t.witness.followed(0)), t.witness.last()
	if err := disturb(); err != nil {
		return err
	}
	err := until(ctx, patience, func() bool {
		_, over := t.run.over()
		return over || len(t.witness.followed(since)) > 0
	})
	if _, over := t.run.over(); over {
		if err := t.again(ctx); err != nil {
			return err
		}
		err = until(ctx, patience, func() bool { return len(t.witness.followed(since)) > 0 })
	}
	if err != nil {
		return fmt.Errorf("does not follow again within %v", patience)
	}
	if from := t.witness.followed(since)[0]; from > given {
		return fmt.Errorf("goes on after %#x, though it was given nothing after %#x: it leaves out what came between", from, given)
	}
	zxid, err := t.change(ctx, 10, 16)
	if err != nil {
		return err
	}
	return t.takes(ctx, zxid)
}

// mostFollows is how often a program may ask for a feed in vain within the time of one check.
const mostFollows = 100

// compaction: a follower whose place is no longer kept goes on behind it, or ends and says so. It does not ask for the
// same again and again, and does not stand still.
func compaction(ctx context.Context, t *trial) error {
	if err := t.follower(ctx); err != nil {
		return err
	}
	since := len(t.witness.followed(0))
	t.witness.hold()
	t.witness.cutAll(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, sdk.ErrNotServing))
	floor, err := t.change(ctx, 1, 16)
	t.witness.compact(floor)
	if err != nil {
		return err
	}
	err = until(ctx, patience, func() bool { _, over := t.run.over(); return over || len(t.witness.followed(since)) > 1 })
	if _, over := t.run.over(); !over && err != nil {
		return fmt.Errorf("stands still %v after it was told that changes are no longer kept", patience)
	}
	if err := t.again(ctx); err != nil {
		return err
	}
	zxid, err := t.change(ctx, 10, 16)
	if err == nil {
		err = t.takes(ctx, zxid)
	}
	if asked := len(t.witness.followed(since)); asked > mostFollows {
		return fmt.Errorf("has asked for its feed %d times", asked)
	}
	return err
}

const (
	floodChanges = 2000
	floodSize    = 4 << 10
	standStill   = 1500 * time.Millisecond
	mostMemory   = 256 << 20
)

// pressure: while the program stands still the server goes on, and holds no more for it than a window; then it catches
// up, and needs no more memory than that either.
func pressure(ctx context.Context, t *trial) error {
	pid := t.run.client.Usage().PID
	before := residentSize(pid)
	if err := signalStop(pid); err != nil {
		return none(fmt.Sprintf("the process cannot be stopped: %v", err))
	}
	began := time.Now()
	zxid, err := t.change(ctx, floodChanges, floodSize)
	select {
	case <-time.After(standStill - time.Since(began)):
	case <-ctx.Done():
	}
	if going := signalGo(pid); err == nil {
		err = going
	}
	if err == nil {
		err = t.alive()
	}
	if err == nil && t.witness.feeds() > 0 {
		err = t.takes(ctx, zxid)
	}
	if err != nil {
		return err
	}
	if more := residentSize(pid) - before; more > mostMemory {
		return fmt.Errorf("uses %d MiB more than before", more>>20)
	}
	return t.visitIfAny(ctx)
}

// visitIfAny plays clients, if there is a way to.
func (t *trial) visitIfAny(ctx context.Context) error {
	if len(t.subject.Client) == 0 && t.address() == "" {
		return nil
	}
	return t.visit(ctx, 2)
}
