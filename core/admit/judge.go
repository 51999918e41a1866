package admit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Verdict is what the rules say of a write.
type Verdict struct {
	Rules   int64          // version of the rules it was judged by
	Guards  []txn.Guard    // what must still be so for it to count
	Refusal *sdk.Rejection // nil: it is admitted
}

// maxSecondLooks is how often a refusal is thought over because what it rests on has changed meanwhile.
const maxSecondLooks = 3

// Judge says whether a write may go on. A multi is judged as a whole by each rule that matches one of its operations.
// A write that changes rules is checked instead.
//
// An admission counts if, where the write is applied, the rules are of the same version and the guards hold. A
// refusal counts at once: it is by the rules in force here, and by the tree as it was here at one moment.
func (d *Door) Judge(ctx context.Context, session int64, who []sdk.Identity, op *sdk.Op) Verdict {
	for looks := 0; ; looks++ {
		set := d.rules.Load()
		verdict, by := d.judge(ctx, set, session, who, op)
		if verdict.Refusal == nil {
			return verdict
		}
		// If the rules changed meanwhile, the validator that refused may have been closed: the new ones decide.
		if d.rules.Load() == set && (looks == maxSecondLooks || holds(d.cfg.Nodes, verdict.Guards)) {
			if by != nil {
				by.counts.denied(verdict.Refusal.Code)
				d.book(by, session, who, op, verdict.Refusal, "")
			}
			return verdict
		}
	}
}

// judge asks one rule after the other, until one refuses: by that one, or by none when the write itself makes a rule
// that cannot be.
func (d *Door) judge(ctx context.Context, set *ruleset, session int64, who []sdk.Identity, op *sdk.Op) (verdict Verdict, by *active) {
	verdict.Rules = set.version
	if verdict.Guards, verdict.Refusal = d.checkRules(ctx, set, session, who, op); verdict.Refusal != nil {
		return verdict, nil
	}
	for _, rule := range set.rules {
		var guards []txn.Guard
		guards, verdict.Refusal = d.ask(ctx, rule, session, who, op)
		verdict.Guards = append(verdict.Guards, guards...)
		if verdict.Refusal != nil {
			return verdict, rule
		}
	}
	return verdict, nil
}

// ask lets one rule judge what it matches of a write.
func (d *Door) ask(ctx context.Context, rule *active, session int64, who []sdk.Identity, op *sdk.Op) ([]txn.Guard, *sdk.Rejection) {
	write := sdk.Write{Session: session, Identities: who, Multi: op.Kind == sdk.OpMulti}
	var index [1]int
	at := rule.collect(op, &write, index[:0])
	if len(at) == 0 {
		return nil, nil
	}
	if rule.passes(who) {
		for _, i := range at {
			d.bypass(rule, session, who, part(op, i))
		}
		return nil, nil
	}
	write.Time = time.Now().UnixMilli()
	guards, refusal := d.run(ctx, rule, write, op, at)
	if refusal != nil {
		refusal.Op = at[min(max(refusal.Op, 0), len(at)-1)]
	}
	if rule.Mode != Audit {
		return guards, refusal
	}
	if refusal != nil {
		rule.counts.audited.Add(1)
		d.book(rule, session, who, op, refusal, "audit: ")
	}
	return nil, nil // what never refuses must not hold up either
}

// book remembers a refusal, of a multi that of the operation which it names. mark tells one that was not carried out.
func (d *Door) book(rule *active, session int64, who []sdk.Identity, op *sdk.Op, refusal *sdk.Rejection, mark string) {
	if op.Kind == sdk.OpMulti {
		mark += fmt.Sprintf("operation %d of %d: ", refusal.Op+1, len(op.Ops))
	}
	denial := d.deny(rule.Name, session, who, part(op, refusal.Op), mark+refusal.Reason)
	rule.counts.last.Store(&denial)
}

// part is the operation of a write that stands at a place: of a multi one of many, else the write itself.
func part(op *sdk.Op, at int) *sdk.Op {
	if op.Kind == sdk.OpMulti {
		return &op.Ops[at]
	}
	return op
}

// collect puts the operations that the rule matches into write and appends their places in the multi to at.
func (r *active) collect(op *sdk.Op, write *sdk.Write, at []int) []int {
	if op.Kind != sdk.OpMulti {
		if !r.judges(op) {
			return at
		}
		write.Ops = []sdk.WriteOp{writeOp(op)}
		return append(at, 0)
	}
	for i := range op.Ops {
		if r.judges(&op.Ops[i]) {
			write.Ops, at = append(write.Ops, writeOp(&op.Ops[i])), append(at, i)
		}
	}
	return at
}

// exempt reports whether an operation is below the paths that no rule judges. The name of a sequential create is not
// known yet; its parent is.
func exempt(op *sdk.Op) bool {
	path := op.Path
	if op.Mode.Sequential() {
		path = parent(path)
	}
	return sdk.Below(path, sdk.GroveRoot) || sdk.Below(path, sdk.ZooKeeperRoot)
}

// parent is everything before the last slash, whatever comes after it.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }

func writeOp(op *sdk.Op) sdk.WriteOp {
	return sdk.WriteOp{Kind: op.Kind, Mode: op.Mode, Version: op.Version, Path: op.Path, Data: op.Data, ACL: op.ACL}
}
