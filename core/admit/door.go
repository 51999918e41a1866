package admit

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// How long a write waits for a validator that is still being compiled on this node: one that is judged by it, and one
// that puts it into force, whose client knows that it asks for work.
const (
	judgeWait = 5 * time.Second
	checkWait = time.Minute
)

// Config is what a Door works with.
type Config struct {
	Engine sdk.Engine // nil: no rule can be installed, and rules that are there fail
	Nodes  Nodes
	Logger *slog.Logger
}

// Door judges writes by the rules in force. All methods may be called by many goroutines.
type Door struct {
	cfg     Config
	rules   atomic.Pointer[ruleset]
	compile sync.WaitGroup // loading and releasing

	forRules, forCandidates chan struct{} // of capacity one: who compiles

	mu         sync.Mutex          // guards all below
	loaded     map[string]*loading // by Rule.key: those of the rules in force, and the candidates
	candidates []string            // keys of loaded rules that are not in force, oldest first
	shut       bool
	ring       denials
}

// ruleset is the rules of one version, in the order they run. It never changes.
type ruleset struct {
	version int64
	rules   []*active
}

// active is a rule in force and its validator on this node.
type active struct {
	*Rule
	*loading
	counts  counters
	breaker *breaker
}

// loading is a validator that is there once ready is closed, or an error that says why it is not.
type loading struct {
	cancel    context.CancelFunc // it is no longer wanted
	ready     chan struct{}
	validator sdk.Validator
	err       error
}

// New makes a door without rules, version 0.
func New(cfg Config) *Door {
	d := &Door{
		cfg: cfg, loaded: make(map[string]*loading),
		forRules: make(chan struct{}, 1), forCandidates: make(chan struct{}, 1),
	}
	d.rules.Store(&ruleset{})
	return d
}

// Version is the version of the rules in force here.
func (d *Door) Version() int64 { return d.rules.Load().version }

// Update puts the rules of a version into force: rules maps names to the contents of their nodes. Validators that are
// not there yet are compiled in the background. It is called from Apply and by nobody else, and does not wait.
//
// A node that is no rule, because a newer version of Grove wrote it, refuses everything under its paths, if they can
// be read, and else is only logged.
func (d *Door) Update(version int64, rules map[string][]byte) {
	next := &ruleset{version: version}
	keep := make(map[string]*loading)
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, data := range rules {
		rule, err := ParseRule(name, data)
		var l *loading
		switch {
		case err == nil:
			l = d.load(rule, d.forRules)
			keep[rule.key()] = l
		default:
			d.cfg.Logger.Error("node is no rule", "error", err)
			if rule = salvage(name, data); rule == nil {
				continue
			}
			l = broken(err)
		}
		next.rules = append(next.rules, &active{Rule: rule, loading: l, breaker: new(breaker)})
	}
	slices.SortFunc(next.rules, func(a, b *active) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	d.inherit(next)
	d.rules.Store(next)
	d.candidates = nil
	d.discard(keep)
}

// Failing reports whether a rule in force has no validator here because it did not load; another Update tries again.
func (d *Door) Failing() bool {
	return slices.ContainsFunc(d.rules.Load().rules, func(r *active) bool { return r.failed() })
}

// inherit carries the counts of rules that go on under their name, and the quarantine of those that have not changed.
// mu is held.
func (d *Door) inherit(next *ruleset) {
	for _, rule := range next.rules {
		for _, old := range d.rules.Load().rules {
			if old.Name == rule.Name {
				rule.counts.add(&old.counts)
				if reflect.DeepEqual(rule.Rule, old.Rule) {
					rule.breaker = old.breaker
				}
			}
		}
	}
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

// Close frees every validator; what is compiling is waited for. A write that is judged after it is refused where a
// rule matches.
func (d *Door) Close() {
	d.mu.Lock()
	d.shut = true
	d.candidates = nil
	d.discard(make(map[string]*loading))
	d.mu.Unlock()
	d.compile.Wait()
}
