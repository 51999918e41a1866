package nats

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// ownersRoot is where the copies of the adapter agree on which of them publishes.
const ownersRoot = sdk.GroveRoot + "/frontends/nats"

// errDeposed ends the work of a copy whose node is gone, or may be.
var errDeposed = errors.New("not the active copy any more")

// ownerPath is the node of the copy that publishes what these settings say. Copies with the same servers and the
// same stream compete for one node.
func ownerPath(s Settings) string {
	servers := strings.Split(s.URL, ",")
	slices.Sort(servers)
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %s %s %v", servers, s.Stream, s.Subject, s.JetStream))
	return ownersRoot + "/" + hex.EncodeToString(sum[:8]) + "/owner"
}

// elect waits until this copy is the active one. The context it returns ends when it is that no more; release makes
// room for another. This saves work, and in plain mode repetitions; that the stream has each change once and in order
// does not depend on it. So without the grant for the node every copy is active.
func (f *Frontend) elect(ctx context.Context, host sdk.Host, standBy func(owner string)) (context.Context, func(), error) {
	c, err := openCaller(ctx, host)
	if err != nil {
		return nil, nil, err
	}
	e := &election{caller: c, path: ownerPath(f.settings), standBy: standBy}
	err = e.run(ctx, host)
	switch {
	case errors.Is(err, sdk.CodeNoAuth):
		f.ungranted.Do(func() { f.log.Warn("every copy publishes", "error", err) })
		c.close(ctx)
		return ctx, func() {}, nil
	case err != nil:
		c.close(ctx)
		return nil, nil, fmt.Errorf("%s: %w", e.path, err)
	}
	life, depose := context.WithCancelCause(ctx)
	left := make(chan struct{})
	go func() { // ends with life, with the node, or with the session
		defer close(left)
		_, err := c.event(life)
		depose(errors.Join(errDeposed, err))
	}()
	return life, func() { depose(nil); <-left; c.close(ctx) }, nil
}

// election is one copy's wait for its turn.
type election struct {
	*caller
	path    string
	standBy func(owner string) // called with what the active copy says of itself
}

// run returns once the node is this copy's, and watched.
func (e *election) run(ctx context.Context, host sdk.Host) error {
	status, err := host.Status(ctx)
	if err != nil {
		return err
	}
	mine := []byte(status.NodeID)
	for {
		replies, err := e.ask(ctx, e.create(mine), sdk.Op{Kind: sdk.OpGetData, Path: e.path, Watch: true})
		if err != nil {
			return err
		}
		switch made, seen := replies[0].Code, replies[1]; {
		case made == sdk.CodeNoNode:
			err = e.parents(ctx)
		case made == sdk.OK && seen.Code == sdk.OK:
			return nil
		case made == sdk.CodeNodeExists && seen.Code == sdk.OK:
			e.standBy(string(seen.Result.Data))
			_, err = e.event(ctx)
		case made != sdk.OK && made != sdk.CodeNodeExists:
			err = made
		case seen.Code != sdk.CodeNoNode: // which is one that has gone since
			err = seen.Code
		}
		if err != nil {
			return err
		}
	}
}

func (e *election) create(mine []byte) sdk.Op {
	return sdk.Op{Kind: sdk.OpCreate, Path: e.path, Data: mine, Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()}
}

// parents makes what is missing above the node.
func (e *election) parents(ctx context.Context) error {
	var ops []sdk.Op
	for path, _ := sdk.SplitPath(e.path); path != "/"; path, _ = sdk.SplitPath(path) {
		ops = append(ops, sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()})
	}
	slices.Reverse(ops)
	replies, err := e.ask(ctx, ops...)
	for _, m := range replies {
		if m.Code != sdk.OK && m.Code != sdk.CodeNodeExists {
			return m.Code
		}
	}
	return err
}
