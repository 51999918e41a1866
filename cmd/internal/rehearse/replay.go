package rehearse

import (
	"context"
	"slices"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// Replay judges the writes of the change log, each beside the tree as it then was, and reports those that the rule would
// have refused. What the server itself wrote is not judged, and nobody knows any more as whom a client did.
//
// The log says what nodes became, not what they were: a node that it first sees changed or deleted has been something
// unknown before. A write on which the module asks for such a node is undecided. Nodes that the log does not name were
// always what source has now.
func (r *Rehearsal) Replay(ctx context.Context, source Source, log []Transaction, report func(Finding) error) (count Count, err error) {
	past := newPast(ctx, source, log)
	for i := range log {
		t := &log[i]
		if op := t.write(); op != nil && t.Session != 0 {
			if err := r.again(ctx, past, t, op, &count, report); err != nil {
				return count, err
			}
		}
		past.goOn(t)
	}
	return count, nil
}

func (r *Rehearsal) again(ctx context.Context, past *past, t *Transaction, op *sdk.Op, count *Count, report func(Finding) error) error {
	before := r.calls()
	past.unknown = false
	refusal, fault := r.judge(ctx, past, t.Session, nil, op)
	if r.calls() > before || fault != nil {
		count.Judged++
	}
	switch {
	case past.live.err != nil:
		return past.live.err
	case past.unknown:
		count.Undecided++
		return nil
	case fault != nil:
		refusal = &sdk.Rejection{Reason: fault.Error()}
	case refusal == nil:
		return nil
	}
	count.Refused++
	if op.Kind == sdk.OpMulti {
		op = &op.Ops[min(max(refusal.Op, 0), len(op.Ops)-1)]
	}
	return report(Finding{Zxid: t.Zxid, Path: op.Path, Op: op.Kind.String(), Reason: refusal.Reason})
}

// past is the tree as it was between two transactions of the log.
type past struct {
	live    *live
	first   map[string]string   // of each node that the log names, the kind of its first change
	nodes   map[string]sdk.Node // those that have changed so far; absent ones when they were deleted
	unknown bool                // something was asked for that is not known
}

var _ admit.Nodes = (*past)(nil)

func newPast(ctx context.Context, source Source, log []Transaction) *past {
	p := &past{live: &live{ctx: ctx, source: source}, first: make(map[string]string), nodes: make(map[string]sdk.Node)}
	for i := range log {
		for _, c := range log[i].Changes {
			if _, ok := p.first[c.Path]; !ok {
				p.first[c.Path] = c.Kind
			}
		}
	}
	return p
}

// goOn does what a transaction did.
func (p *past) goOn(t *Transaction) {
	for _, c := range t.Changes {
		switch c.Kind {
		case sdk.Created.String(), sdk.Changed.String():
			p.nodes[c.Path] = sdk.Node{Present: true, Data: c.Data, Stat: sdk.Stat{
				Mzxid: t.Zxid, Mtime: t.Time, Version: c.Version, EphemeralOwner: c.Owner, DataLength: int32(len(c.Data)),
			}}
		case sdk.Deleted.String():
			p.nodes[c.Path] = sdk.Node{}
		}
	}
}

// Get implements admit.Nodes.
func (p *past) Get(path string) sdk.Node {
	node, changed := p.nodes[path]
	first, named := p.first[path]
	switch {
	case changed:
		return node
	case !named || first == sdk.ACLChanged.String():
		return p.live.Get(path)
	case first != sdk.Created.String():
		p.unknown = true
	}
	return sdk.Node{}
}

// Children implements admit.Nodes.
func (p *past) Children(path string) ([]string, int64) {
	there, _ := p.live.Children(path)
	known := make(map[string]bool)
	for _, child := range there {
		known[child] = true
	}
	for child := range p.first {
		if parent, name := sdk.SplitPath(child); parent == path {
			known[name] = p.was(child)
		}
	}
	if len(known) == 0 && !p.Get(path).Present {
		return nil, 0
	}
	names := []string{}
	for child, present := range known {
		if present {
			names = append(names, child)
		}
	}
	slices.Sort(names)
	return names, 0
}

// was reports whether a node that the log names was there: what is changed or deleted first has been.
func (p *past) was(path string) bool {
	if node, changed := p.nodes[path]; changed {
		return node.Present
	}
	return p.first[path] != sdk.Created.String()
}

// Allowed implements admit.Nodes.
func (p *past) Allowed([]sdk.Identity, *sdk.Op) sdk.Code { return sdk.OK }
