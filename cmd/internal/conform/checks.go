package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// byHand: without a host the program says that it is a plugin, and ends with a failure.
func byHand(ctx context.Context, t *trial) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.subject.Path, t.subject.Args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("still runs after %v without a host", patience)
	case err != nil && !failed:
		return err
	case !failed || !exit.Exited():
		return fmt.Errorf("ends without a failure when there is no host: %v", cmd.ProcessState)
	case len(strings.TrimSpace(string(out))) == 0:
		return errors.New("does not say what it is when there is no host")
	}
	return nil
}

// handshake: the program is started by a server, and they understand each other.
func handshake(ctx context.Context, t *trial) error {
	t.run = t.start(ctx, t.subject.Settings)
	err := until(ctx, 2*patience, func() bool {
		_, over := t.run.over()
		return over || !t.run.client.Usage().Since.IsZero()
	})
	if ended, over := t.run.over(); over && t.run.client.Usage().Since.IsZero() {
		return ended
	}
	return err
}

// ready: the program takes its settings, serves, and says where.
func ready(ctx context.Context, t *trial) error {
	if err := t.untilReady(ctx); err != nil {
		return err
	}
	if t.where == "" {
		return errors.New("does not say where it serves")
	}
	return nil
}

// lifeCycle: sessions for clients that come, and none more left when they have gone than after the first, for whom one
// may have been opened that all share.
func lifeCycle(ctx context.Context, t *trial) error {
	opened := t.witness.opened
	if err := t.visit(ctx, 1); err != nil {
		return err
	}
	before := t.witness.sessions()
	if err := t.visit(ctx, 8); err != nil {
		return err
	}
	err := until(ctx, patience, func() bool { return t.witness.sessions() <= before })
	switch {
	case err != nil:
		return fmt.Errorf("%d sessions are open %v after the last client has gone, %d after the first", t.witness.sessions(), patience, before)
	case t.witness.opened == opened && before == 0:
		return none("no client made it open a session")
	}
	return t.alive()
}

// alive is how a check ends that the program should survive.
func (t *trial) alive() error {
	if ended, over := t.run.over(); over {
		return ended
	}
	return nil
}

// order: clients get the right answers too when those come slowly and one at a time.
func order(ctx context.Context, t *trial) error {
	if len(t.subject.Client) == 0 {
		return none("no client command is given")
	}
	t.witness.slowDown(3 * time.Millisecond)
	defer t.witness.slowDown(0)
	if err := t.visit(ctx, 4); err != nil {
		return err
	}
	return t.alive()
}

// leaderChange: all sessions and feeds end, and the program serves those who come after.
func leaderChange(ctx context.Context, t *trial) error {
	conn, err := t.connect(ctx)
	if err == nil {
		defer conn.Close()
	}
	t.witness.cutAll(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, sdk.ErrNotServing))
	if err := t.again(ctx); err != nil {
		return err
	}
	if _, ok := errors.AsType[none](err); ok && len(t.subject.Client) == 0 {
		return nil // there is nobody to play
	}
	return t.visit(ctx, 2)
}

// noise: standard output belongs to the handshake.
func noise(_ context.Context, t *trial) error {
	if lines := t.said.onStdout(); len(lines) > 0 {
		return fmt.Errorf("prints to standard output: %.80q", lines[0])
	}
	return nil
}

// settings: a key that the program does not know is refused, as otherwise a misspelt one would be without effect.
func settings(ctx context.Context, t *trial) error {
	keys := map[string]any{}
	if len(t.subject.Settings) > 0 {
		if err := json.Unmarshal(t.subject.Settings, &keys); err != nil {
			return err
		}
	}
	keys["no_such_key"] = true
	raw, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	t.run = t.start(ctx, raw)
	defer t.stop()
	ended := t.untilReady(ctx)
	if _, over := t.run.over(); !over {
		return errors.New("takes a key that it cannot know: no_such_key")
	}
	if !strings.Contains(ended.Error(), "no_such_key") {
		return fmt.Errorf("does not name the key it refuses: %w", ended)
	}
	return nil
}
