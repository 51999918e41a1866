package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// name is that of the rule in its rehearsal.
const name = "rehearsal"

// Rehearsal is a door with one rule in force, as a server has it. One goroutine uses it at a time.
type Rehearsal struct {
	door  *admit.Door
	stage *stage

	rule    admit.Rule
	version int64
}

// Open puts a rule into force: code is its module. What mode the rule has does not matter, it is always
// enforced. The error says in one line why a server with this engine would refuse it. Whoever opened it closes it, before
// the engine.
func Open(ctx context.Context, engine sdk.Engine, rule admit.Rule, code []byte) (*Rehearsal, error) {
	rule.Mode, rule.OnError = admit.Enforce, "deny"
	r := &Rehearsal{stage: newStage(rule.Module, code), rule: rule}
	r.door = admit.New(admit.Config{Engine: engine, Nodes: r.stage, Logger: slog.New(slog.DiscardHandler)})
	if err := r.install(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Rehearsal) install(ctx context.Context) error {
	data, err := encode(r.rule)
	if err != nil {
		return err
	}
	op := &sdk.Op{Kind: sdk.OpCreate, Path: sdk.JoinPath(admit.RulesRoot, name), Data: data}
	if verdict := r.door.Judge(ctx, 0, nil, op); verdict.Refusal != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return errors.New(strings.TrimPrefix(verdict.Refusal.Reason, "rule "+name+": "))
	}
	r.update(data)
	return nil
}

func (r *Rehearsal) update(data []byte) {
	r.version++
	r.door.Update(r.version, map[string][]byte{name: data})
}

// renew changes the rule in what does not matter: that ends its quarantine.
func (r *Rehearsal) renew() error {
	r.rule.Order++
	data, err := encode(r.rule)
	if err == nil {
		r.update(data)
	}
	return err
}

// judge is what the rule says of a write beside a tree: a refusal, or an error when the module itself has failed.
func (r *Rehearsal) judge(ctx context.Context, tree admit.Nodes, session int64, who []sdk.Identity, op *sdk.Op) (*sdk.Rejection, error) {
	r.stage.tree = tree
	failed := r.door.Rules()[0].Failed
	verdict := r.door.Judge(ctx, session, who, op)
	if status := r.door.Rules()[0]; status.Failed > failed {
		return nil, cmp.Or(r.renew(), fmt.Errorf("the module failed: %s", status.LastFault))
	}
	return verdict.Refusal, nil
}

// Close frees the module.
func (r *Rehearsal) Close() { r.door.Close() }
