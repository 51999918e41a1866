package admit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// run calls the validator and gives what it has read; when it fails, the rule's on_error decides, which rests on
// nothing.
func (d *Door) run(ctx context.Context, rule *active, write sdk.Write, op *sdk.Op, at []int) ([]txn.Guard, *sdk.Rejection) {
	rule.counts.calls.Add(1)
	guards, err := d.call(ctx, rule, write, op, at)
	var refusal *sdk.Rejection
	switch {
	case err == nil:
		return guards, nil
	case errors.As(err, &refusal):
		return guards, refusal
	}
	if times := rule.counts.failed.Add(1); times&(times-1) == 0 { // the 1st, 2nd, 4th, 8th … time
		d.cfg.Logger.Warn("validator failed", "validator", rule.Name, "times", times, "on_error", rule.OnError, "error", err)
	}
	if rule.OnError == "allow" {
		return nil, nil
	}
	return nil, &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: fmt.Sprintf("validator failed: %v", err)}
}

// call has the validator judge, unless it is not there or quarantined.
func (d *Door) call(ctx context.Context, rule *active, write sdk.Write, op *sdk.Op, at []int) ([]txn.Guard, error) {
	if err := rule.await(ctx, judgeWait); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := rule.breaker.quarantined(began); err != nil {
		return nil, err
	}
	guards, err := d.validate(ctx, rule, write, op, at)
	ended := time.Now()
	_, refused := errors.AsType[*sdk.Rejection](err)
	switch {
	case err == nil || refused:
		if rule.breaker.did(ended) {
			d.cfg.Logger.Info("validator is out of quarantine", "validator", rule.Name)
		}
	case ctx.Err() == nil:
		if rest := rule.breaker.failed(ended, err); rest > 0 {
			d.cfg.Logger.Error("validator is quarantined", "validator", rule.Name, "rest", rest, "on_error", rule.OnError, "error", err)
		}
	}
	return guards, err
}

// validate shows the validator what its rule lets it see, and asks.
func (d *Door) validate(ctx context.Context, rule *active, write sdk.Write, op *sdk.Op, at []int) ([]txn.Guard, error) {
	if !rule.looks() {
		return nil, rule.counts.measure(ctx, rule.validator, write)
	}
	v := view{nodes: d.cfg.Nodes}
	if v.show(rule.Reads, &write, op, at); v.err != nil {
		return nil, v.err
	}
	err := rule.counts.measure(ctx, rule.validator, write)
	return v.guards, cmp.Or(v.err, err)
}
