package admit

import (
	"context"
	"errors"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Unsettled reports whether the check of a write reads the tree, so that the writes before it must have been applied:
// one that makes or changes a rule does.
func (d *Door) Unsettled(op *sdk.Op) bool {
	return ruleName(op) != "" || anyRule(op.Ops)
}

func anyRule(ops []sdk.Op) bool {
	for i := range ops {
		if ruleName(&ops[i]) != "" {
			return true
		}
	}
	return false
}

// ruleName is the name of the rule that op makes or changes, "" for none.
func ruleName(op *sdk.Op) string {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpSetData:
		if name, ok := strings.CutPrefix(op.Path, RulesRoot+"/"); ok {
			return name
		}
	}
	return ""
}

// checkRules refuses a write that would put a rule into force whose module is not whole, does not compile or does
// not take its settings. The validators it makes are kept for when the write has been applied.
func (d *Door) checkRules(ctx context.Context, session int64, who []sdk.Identity, op *sdk.Op) *sdk.Rejection {
	if op.Kind != sdk.OpMulti {
		return d.checkRule(ctx, session, who, op, 0)
	}
	for i := range op.Ops {
		if refusal := d.checkRule(ctx, session, who, &op.Ops[i], i); refusal != nil {
			return refusal
		}
	}
	return nil
}

func (d *Door) checkRule(ctx context.Context, session int64, who []sdk.Identity, op *sdk.Op, at int) *sdk.Rejection {
	name := ruleName(op)
	if name == "" {
		return nil
	}
	err := d.tryRule(ctx, op, strings.Clone(name))
	if err == nil {
		return nil
	}
	d.deny(name, session, who, op, err.Error())
	return &sdk.Rejection{Op: at, Code: sdk.CodeBadArguments, Reason: err.Error()}
}

func (d *Door) tryRule(ctx context.Context, op *sdk.Op, name string) error {
	if strings.Contains(name, "/") || op.Mode.Sequential() || op.Mode.Ephemeral() {
		return errors.New("a rule is a plain persistent node right below " + RulesRoot)
	}
	rule, err := ParseRule(name, op.Data)
	if err != nil {
		return err
	}
	d.mu.Lock()
	if old := d.loaded[rule.key()]; old != nil && old.failed() {
		delete(d.loaded, rule.key()) // its module may be whole by now
	}
	l := d.load(rule)
	d.mu.Unlock()
	if err := l.await(ctx, checkWait); err != nil {
		d.forget(rule.key(), l)
		return err
	}
	return nil
}

func (l *loading) failed() bool {
	select {
	case <-l.ready:
		return l.err != nil
	default:
		return false
	}
}

// forget drops a loading that failed, so that the next try begins anew.
func (d *Door) forget(key string, l *loading) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.loaded[key] == l && l.failed() {
		delete(d.loaded, key)
	}
}
