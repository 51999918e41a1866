package admit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Judge says whether a write may go on: the version of the rules it was judged by, and the refusal, nil when it is
// admitted. A multi is judged as a whole by each rule that matches one of its operations. A write that changes rules
// is checked instead.
func (d *Door) Judge(ctx context.Context, session int64, who []sdk.Identity, op *sdk.Op) (int64, *sdk.Rejection) {
	for {
		set := d.rules.Load()
		refusal := d.judge(ctx, set, session, who, op)
		if refusal == nil || d.rules.Load() == set {
			return set.version, refusal
		}
		// The rules changed meanwhile, and the validator that refused may have been closed: the new ones decide.
	}
}

func (d *Door) judge(ctx context.Context, set *ruleset, session int64, who []sdk.Identity, op *sdk.Op) *sdk.Rejection {
	if refusal := d.checkRules(ctx, set, session, who, op); refusal != nil {
		return refusal
	}
	for _, rule := range set.rules {
		if refusal := d.ask(ctx, rule, session, who, op); refusal != nil {
			return refusal
		}
	}
	return nil
}

// ask lets one rule judge what it matches of a write.
func (d *Door) ask(ctx context.Context, rule *active, session int64, who []sdk.Identity, op *sdk.Op) *sdk.Rejection {
	write := sdk.Write{Session: session, Identities: who, Multi: op.Kind == sdk.OpMulti}
	var index [1]int
	at := rule.collect(op, &write, index[:0])
	if len(at) == 0 {
		return nil
	}
	write.Time = time.Now().UnixMilli()
	refusal := d.run(ctx, rule, write)
	if refusal == nil {
		return nil
	}
	failed := op
	if refusal.Op = at[min(max(refusal.Op, 0), len(at)-1)]; write.Multi {
		failed = &op.Ops[refusal.Op]
	}
	d.deny(rule.Name, session, who, failed, refusal.Reason)
	if rule.Mode == Audit {
		rule.counts.audited.Add(1)
		return nil
	}
	rule.counts.denied.Add(1)
	return refusal
}

// collect puts the operations that the rule matches into write and appends their places in the multi to at.
func (r *active) collect(op *sdk.Op, write *sdk.Write, at []int) []int {
	ops := op.Ops
	if op.Kind != sdk.OpMulti {
		if exempt(op) || !r.matches(op) {
			return at
		}
		write.Ops = []sdk.WriteOp{writeOp(op)}
		return append(at, 0)
	}
	for i := range ops {
		if !exempt(&ops[i]) && r.matches(&ops[i]) {
			write.Ops, at = append(write.Ops, writeOp(&ops[i])), append(at, i)
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
	return sdk.Below(path, Root) || sdk.Below(path, "/zookeeper")
}

// parent is everything before the last slash, whatever comes after it.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }

func writeOp(op *sdk.Op) sdk.WriteOp {
	return sdk.WriteOp{Kind: op.Kind, Mode: op.Mode, Version: op.Version, Path: op.Path, Data: op.Data, ACL: op.ACL}
}

// run calls the validator; when it fails, the rule's on_error decides.
func (d *Door) run(ctx context.Context, rule *active, write sdk.Write) *sdk.Rejection {
	rule.counts.calls.Add(1)
	err := rule.await(ctx, judgeWait)
	if err == nil {
		err = rule.validator.Validate(ctx, write)
	}
	var refusal *sdk.Rejection
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refusal
	}
	if times := rule.counts.failed.Add(1); times&(times-1) == 0 { // the 1st, 2nd, 4th, 8th … time
		d.cfg.Logger.Warn("validator failed", "validator", rule.Name, "times", times, "on_error", rule.OnError, "error", err)
	}
	if rule.OnError == "allow" {
		return nil
	}
	return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: fmt.Sprintf("validator failed: %v", err)}
}

// await waits until the validator is there, for so long at most.
func (l *loading) await(ctx context.Context, patience time.Duration) error {
	select {
	case <-l.ready:
		return l.err
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-l.ready:
		return l.err
	case <-timer.C:
		return errors.New("not compiled on this node yet")
	case <-ctx.Done():
		return ctx.Err()
	}
}
