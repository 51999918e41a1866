package admit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Unsettled reports whether a write is better judged beside its session's connection, when the writes before it have
// been applied: one that makes or changes a rule, which takes as long as compiling, and one that is judged by a rule
// whose module sees more than the write, or is still being compiled here.
func (d *Door) Unsettled(op *sdk.Op) bool {
	return makesRule(op) || anyMakesRule(op.Ops) ||
		slices.ContainsFunc(d.rules.Load().rules, func(r *active) bool { return (r.looks() || !r.done()) && r.touches(op) })
}

func anyMakesRule(ops []sdk.Op) bool {
	for i := range ops {
		if makesRule(&ops[i]) {
			return true
		}
	}
	return false
}

// makesRule reports whether op may make or change a node below RulesRoot, whatever its name will be.
func makesRule(op *sdk.Op) bool {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpSetData:
		return strings.HasPrefix(op.Path, RulesRoot+"/")
	}
	return false
}

// dropsModule reports whether op may take away a part of a module.
func dropsModule(op *sdk.Op) bool {
	switch op.Kind {
	case sdk.OpDelete, sdk.OpSetData:
		return strings.HasPrefix(op.Path, ModuleRoot+"/")
	}
	return false
}

// maxRules is how many rules there may be: each has an instance of its module in memory, and a say in every write.
const maxRules = 64

// checkRules refuses a write that would put a rule into force whose module is not whole, does not compile or does
// not take its settings, and one that takes away a module in use. The validators it makes are kept for when the write
// has been applied; the guards say that their modules must then still be there.
func (d *Door) checkRules(ctx context.Context, set *ruleset, session int64, who []sdk.Identity, op *sdk.Op) ([]txn.Guard, *sdk.Rejection) {
	if op.Kind != sdk.OpMulti {
		return d.checkOp(ctx, set, session, who, op, 0)
	}
	var all []txn.Guard
	rules := anyMakesRule(op.Ops)
	for i := range op.Ops {
		if rules && strings.HasPrefix(op.Ops[i].Path, ModuleRoot+"/") {
			return nil, d.refuse(session, who, &op.Ops[i], i, errors.New("a module and a rule cannot change in one transaction"))
		}
		guards, refusal := d.checkOp(ctx, set, session, who, &op.Ops[i], i)
		if refusal != nil {
			return nil, refusal
		}
		all = append(all, guards...)
	}
	return all, nil
}

func (d *Door) checkOp(ctx context.Context, set *ruleset, session int64, who []sdk.Identity, op *sdk.Op, at int) ([]txn.Guard, *sdk.Rejection) {
	switch {
	case dropsModule(op):
		if rule := set.user(op.Path); rule != nil {
			return nil, d.refuse(session, who, op, at, fmt.Errorf("rule %s needs this module", rule.Name))
		}
	case makesRule(op) && op.Kind != sdk.OpSetData && len(set.rules) >= maxRules:
		return nil, d.refuse(session, who, op, at, fmt.Errorf("there are %d rules already", maxRules))
	case makesRule(op):
		if code := d.cfg.Nodes.Allowed(who, op); code != sdk.OK {
			return nil, &sdk.Rejection{Op: at, Code: code, Reason: code.Error()}
		}
		guards, err := d.tryRule(ctx, op)
		if err != nil {
			return nil, d.refuse(session, who, op, at, err)
		}
		return guards, nil
	}
	return nil, nil
}

// user is a rule whose module path is a part of.
func (set *ruleset) user(path string) *active {
	for _, rule := range set.rules {
		if sdk.Below(path, sdk.JoinPath(ModuleRoot, rule.Module)) {
			return rule
		}
	}
	return nil
}

// refuse remembers and makes the refusal of a write about rules or modules; it stands under the node's name.
func (d *Door) refuse(session int64, who []sdk.Identity, op *sdk.Op, at int, why error) *sdk.Rejection {
	_, name := sdk.SplitPath(op.Path)
	d.deny(name, session, who, op, why.Error())
	return &sdk.Rejection{Op: at, Code: sdk.CodeBadArguments, Reason: why.Error()}
}

// tryRule parses a rule and loads its validator, as a candidate for being in force. A validator may be here from an
// earlier try; its module must be in the tree all the same, and stay there.
func (d *Door) tryRule(ctx context.Context, op *sdk.Op) ([]txn.Guard, error) {
	name := strings.Clone(strings.TrimPrefix(op.Path, RulesRoot+"/"))
	lasting := op.Mode == sdk.ModePersistent && op.Kind != sdk.OpCreateContainer && op.Kind != sdk.OpCreateTTL
	if name == "" || strings.Contains(name, "/") || !lasting {
		return nil, errors.New("a rule is a plain persistent node right below " + RulesRoot)
	}
	rule, err := ParseRule(name, op.Data)
	if err != nil {
		return nil, err
	}
	guards := moduleGuards(d.cfg.Nodes, rule.Module)
	if _, err := readModule(d.cfg.Nodes, rule.Module); err != nil {
		return nil, err
	}
	err = d.candidate(rule).await(ctx, checkWait)
	if errors.Is(err, errNotYet) {
		err = fmt.Errorf("module %.12s: took too long: not compiled after %v", rule.Module, checkWait)
	}
	return guards, err
}
