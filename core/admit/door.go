package admit

import (
	"cmp"
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

// New makes a door without rules, version 0.
func New(cfg Config) *Door {
	d := &Door{
		cfg: cfg, loaded: make(map[string]*loading),
		forRules: make(chan struct{}, 1), forCandidates: make(chan struct{}, 1),
	}
	d.rules.Store(&ruleset{})
	return d
}

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
