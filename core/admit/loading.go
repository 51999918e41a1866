package admit

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// loading is a validator that is there once ready is closed, or an error that says why it is not.
type loading struct {
	cancel    context.CancelFunc // it is no longer wanted
	ready     chan struct{}
	validator sdk.Validator
	err       error
}

// load finds or starts the loading of a rule's validator; one that failed is tried again. One at a time compiles for
// those who give the same slot. mu is held.
func (d *Door) load(rule *Rule, slot chan struct{}) *loading {
	key := rule.key()
	if l := d.loaded[key]; l != nil && !l.failed() {
		return l
	}
	if d.shut {
		return broken(errClosed)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &loading{ready: make(chan struct{}), cancel: cancel}
	d.loaded[key] = l
	d.compile.Go(func() {
		defer cancel()
		defer close(l.ready)
		select {
		case slot <- struct{}{}:
			defer func() { <-slot }()
		case <-ctx.Done():
		}
		if l.err = ctx.Err(); l.err == nil {
			l.validator, l.err = d.build(ctx, rule)
		}
		if l.err != nil && ctx.Err() == nil {
			d.cfg.Logger.Error("validator does not load", "validator", rule.Name, "error", l.err)
		}
	})
	return l
}

var errClosed = errors.New("the node is closing")

// broken is a loading that has failed.
func broken(err error) *loading {
	l := &loading{ready: make(chan struct{}), cancel: func() {}, err: err}
	close(l.ready)
	return l
}

// maxCandidates is how many validators are kept for rules that may or may not come into force.
const maxCandidates = 4

// candidate loads the validator of a rule that is being checked. Candidates give way to newer ones, and all of them
// when the rules change.
func (d *Door) candidate(rule *Rule) *loading {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := rule.key()
	known := d.loaded[key] != nil
	l := d.load(rule, d.forCandidates)
	if !known {
		d.candidates = append(d.candidates, key)
	}
	if len(d.candidates) > maxCandidates {
		oldest := d.candidates[0]
		d.candidates = d.candidates[1:]
		d.release(d.loaded[oldest])
		delete(d.loaded, oldest)
	}
	return l
}

// build makes the validator of a rule out of its module's nodes.
func (d *Door) build(ctx context.Context, rule *Rule) (sdk.Validator, error) {
	if d.cfg.Engine == nil {
		return nil, errors.New("this node runs no validators")
	}
	code, err := readModule(d.cfg.Nodes, rule.Module)
	if err != nil {
		return nil, err
	}
	return d.cfg.Engine.Load(ctx, sdk.Module{
		Name: rule.Name, Code: code, Settings: rule.settings(), Fuel: rule.Fuel, Memory: rule.Memory,
	})
}

// discard closes the validators that no rule in force uses any more. mu is held.
func (d *Door) discard(keep map[string]*loading) {
	old := d.loaded
	d.loaded = keep
	for key, l := range old {
		if keep[key] != l {
			d.release(l)
		}
	}
}

// release gives up a loading, and frees its validator once calls under way have ended.
func (d *Door) release(l *loading) {
	l.cancel()
	d.compile.Go(func() {
		<-l.ready
		if closer, ok := l.validator.(io.Closer); ok {
			_ = closer.Close() // frees memory; there is nothing to do about a failure
		}
	})
}

// done reports whether there is a validator, or an error that says why not.
func (l *loading) done() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

func (l *loading) failed() bool { return l.done() && l.err != nil }

var errNotYet = errors.New("not compiled on this node yet")

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
		return errNotYet
	case <-ctx.Done():
		return ctx.Err()
	}
}
