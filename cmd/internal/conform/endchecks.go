package conform

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// crash: the program is killed. Nothing of it is left in the core, and when it is started again it serves, and follows
// no later than it should.
func crash(ctx context.Context, t *trial) error {
	followed := t.follower(ctx) == nil
	disturb := func() error {
		if err := kill(t.run.client.Usage().PID); err != nil {
			return err
		}
		if err := until(ctx, patience, func() bool { _, over := t.run.over(); return over }); err != nil {
			return errors.New("its end is not seen") // which would be a fault of the host
		}
		if sessions, feeds := t.witness.count(); sessions+feeds > 0 {
			return fmt.Errorf("%d sessions and %d feeds outlive it", sessions, feeds)
		}
		return nil
	}
	if followed {
		if err := t.followsAgain(ctx, disturb); err != nil {
			return err
		}
		return t.visitIfAny(ctx)
	}
	if err := disturb(); err != nil {
		return err
	}
	if err := t.again(ctx); err != nil {
		return fmt.Errorf("after it was killed: %w", err)
	}
	return t.visitIfAny(ctx)
}

// drainTime is how long a program has to close what it opened before it is ended by force.
const drainTime = 10 * time.Second

// drain: asked to end, with a client connected, the program closes everything and ends in time.
func drain(ctx context.Context, t *trial) error {
	if conn, err := t.connect(ctx); err == nil {
		defer conn.Close()
	}
	pid := t.run.client.Usage().PID
	began := time.Now()
	t.stop()
	switch took := time.Since(began); {
	case t.said.forced() != "":
		return errors.New(t.said.forced())
	case took > drainTime:
		return fmt.Errorf("takes %v to end", took.Round(time.Millisecond))
	case alive(pid):
		return fmt.Errorf("process %d is still there", pid)
	}
	if sessions, feeds := t.witness.count(); sessions+feeds > 0 {
		return fmt.Errorf("%d sessions and %d feeds are left open", sessions, feeds)
	}
	if conn, err := t.connect(ctx); err == nil {
		conn.Close()
		return errors.New("its port is still open")
	}
	return nil
}
