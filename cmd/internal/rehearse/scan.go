package rehearse

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// Source is where nodes are read from; a client is one.
type Source interface {
	Get(ctx context.Context, path string) ([]byte, sdk.Stat, error)
	Children(ctx context.Context, path string) ([]string, sdk.Stat, error)
	GetACL(ctx context.Context, path string) ([]sdk.ACL, sdk.Stat, error)
}

// Finding is a write that the rule refuses, or on which its module fails.
type Finding struct {
	Zxid   int64  `json:"zxid,omitempty"` // of a write in the change log
	Path   string `json:"path"`
	Op     string `json:"op"`
	Reason string `json:"reason"`
}

// Count is what was judged, and what became of it.
type Count struct {
	Judged    int `json:"judged"`
	Refused   int `json:"refused"`
	Undecided int `json:"undecided,omitempty"` // the module asked for what is not known any more
}

// Scan judges every node from root down as if it were made now, by a client that is nobody in particular, and reports
// those that the rule would refuse. The node itself is not there for the module, everything else is. A node that goes
// meanwhile is left out. The error is one of the source's, or of report.
func (r *Rehearsal) Scan(ctx context.Context, source Source, root string, report func(Finding) error) (count Count, err error) {
	for paths := []string{root}; len(paths) > 0; {
		path := paths[len(paths)-1]
		paths = paths[:len(paths)-1]
		names, _, err := source.Children(ctx, path)
		if errors.Is(err, sdk.CodeNoNode) && path != root {
			continue
		}
		if err != nil {
			return count, fmt.Errorf("%s: %w", path, err)
		}
		slices.Sort(names)
		for _, child := range slices.Backward(names) {
			paths = append(paths, sdk.JoinPath(path, child))
		}
		if err := r.scanNode(ctx, source, path, &count, report); err != nil {
			return count, err
		}
	}
	return count, nil
}

func (r *Rehearsal) scanNode(ctx context.Context, source Source, path string, count *Count, report func(Finding) error) error {
	op, err := making(ctx, source, path)
	switch {
	case errors.Is(err, sdk.CodeNoNode):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	before := r.calls()
	live := &live{ctx: ctx, source: source, hidden: path}
	refusal, fault := r.judge(ctx, live, 0, nil, op)
	switch {
	case live.err != nil:
		return live.err
	case fault != nil:
		refusal = &sdk.Rejection{Reason: fault.Error()}
	}
	if r.calls() > before || fault != nil {
		count.Judged++
	}
	if refusal == nil {
		return nil
	}
	count.Refused++
	return report(Finding{Path: path, Op: op.Kind.String(), Reason: refusal.Reason})
}

// making is the create that would make a node as it is.
func making(ctx context.Context, source Source, path string) (*sdk.Op, error) {
	data, stat, err := source.Get(ctx, path)
	if err != nil {
		return nil, err
	}
	acl, _, err := source.GetACL(ctx, path)
	if err != nil && !errors.Is(err, sdk.CodeNoAuth) {
		return nil, err
	}
	op := &sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, ACL: acl}
	if stat.EphemeralOwner > 0 {
		op.Mode = sdk.ModeEphemeral
	}
	return op, nil
}

func (r *Rehearsal) calls() int64 { return r.door.Rules()[0].Calls }

// live is the tree as a source has it, without one node.
type live struct {
	ctx    context.Context // of the scan
	source Source
	hidden string // "" for none
	err    error  // the first, beside that there is no such node
}

var _ admit.Nodes = (*live)(nil)

// Get implements admit.Nodes.
func (l *live) Get(path string) sdk.Node {
	if path == l.hidden {
		return sdk.Node{}
	}
	data, stat, err := l.source.Get(l.ctx, path)
	if l.failed(path, err) {
		return sdk.Node{}
	}
	return sdk.Node{Present: true, Data: data, Stat: stat}
}

// Children implements admit.Nodes.
func (l *live) Children(path string) ([]string, int64) {
	names, stat, err := l.source.Children(l.ctx, path)
	if l.failed(path, err) {
		return nil, 0
	}
	parent, hidden := sdk.SplitPath(l.hidden)
	slices.Sort(names)
	return slices.DeleteFunc(append([]string{}, names...), func(n string) bool { return path == parent && n == hidden }), stat.Pzxid
}

// Allowed implements admit.Nodes.
func (l *live) Allowed([]sdk.Identity, *sdk.Op) sdk.Code { return sdk.OK }

func (l *live) failed(path string, err error) bool {
	if err != nil && !errors.Is(err, sdk.CodeNoNode) && l.err == nil {
		l.err = fmt.Errorf("%s: %w", path, err)
	}
	return err != nil
}
