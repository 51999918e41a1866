package admit

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
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
	compile sync.WaitGroup
	closed  context.Context
	close   context.CancelFunc

	mu     sync.Mutex          // guards all below
	loaded map[string]*loading // by Rule.key; those of the rules in force, and of checked rules not yet in force
	ring   denials
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
	counts counters
}

// loading is a validator that is there once ready is closed, or an error that says why it is not.
type loading struct {
	ready     chan struct{}
	validator sdk.Validator
	err       error
}

// New makes a door without rules, version 0.
func New(cfg Config) *Door {
	d := &Door{cfg: cfg, loaded: make(map[string]*loading)}
	d.closed, d.close = context.WithCancel(context.Background())
	d.rules.Store(&ruleset{})
	return d
}

// Version is the version of the rules in force here.
func (d *Door) Version() int64 { return d.rules.Load().version }

// Update puts the rules of a version into force: rules maps names to the contents of their nodes. Validators that are
// not there yet are compiled in the background. It is called from Apply and by nobody else, and does not wait. A
// node that is no rule, which a client can make by going round the check on another node, is as if it refused
// everything it could match: it is logged, and left out, for its paths are not known.
func (d *Door) Update(version int64, rules map[string][]byte) {
	next := &ruleset{version: version}
	keep := make(map[string]*loading)
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, data := range rules {
		rule, err := ParseRule(name, data)
		if err != nil {
			d.cfg.Logger.Error("node is no rule", "error", err)
			continue
		}
		l := d.load(rule)
		keep[rule.key()] = l
		next.rules = append(next.rules, &active{Rule: rule, loading: l})
	}
	slices.SortFunc(next.rules, func(a, b *active) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Name, b.Name))
	})
	d.inherit(next)
	d.rules.Store(next)
	d.discard(keep)
}

// inherit carries the counts of rules that go on under their name. mu is held.
func (d *Door) inherit(next *ruleset) {
	for _, rule := range next.rules {
		for _, old := range d.rules.Load().rules {
			if old.Name == rule.Name {
				rule.counts.add(&old.counts)
			}
		}
	}
}

// load finds or starts the loading of a rule's validator. mu is held.
func (d *Door) load(rule *Rule) *loading {
	key := rule.key()
	if l := d.loaded[key]; l != nil {
		return l
	}
	l := &loading{ready: make(chan struct{})}
	d.loaded[key] = l
	d.compile.Go(func() {
		defer close(l.ready)
		if l.validator, l.err = d.build(d.closed, rule); l.err != nil && d.closed.Err() == nil {
			d.cfg.Logger.Error("validator does not load", "validator", rule.Name, "error", l.err)
		}
	})
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
		if keep[key] == nil {
			d.compile.Go(func() { l.release() })
		}
	}
}

func (l *loading) release() {
	<-l.ready
	if closer, ok := l.validator.(io.Closer); ok {
		_ = closer.Close() // frees memory; there is nothing to do about a failure
	}
}

// Close ends compiling and frees every validator. No write is judged after it.
func (d *Door) Close() {
	d.close()
	d.mu.Lock()
	d.discard(nil)
	d.mu.Unlock()
	d.compile.Wait()
}
