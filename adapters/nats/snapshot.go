package nats

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/sdk"
)

// atOnce is how many nodes are read at once: each may have a megabyte.
const atOnce = 16

// readable opens a session for a snapshot, or returns nil when the adapter may not read the tree.
func (f *follower) readable(ctx context.Context) (*caller, error) {
	if !f.snapshots {
		return nil, nil
	}
	c, err := openCaller(ctx, f.host)
	if err != nil {
		return nil, err
	}
	replies, err := c.ask(ctx, sdk.Op{Kind: sdk.OpExists, Path: "/"})
	if err == nil && replies[0].Code == sdk.OK {
		return c, nil
	}
	c.close(ctx)
	if err == nil && replies[0].Code != sdk.CodeNoAuth {
		err = replies[0].Code
	}
	return nil, err
}

// snapshot publishes what the tree has now. Reads are later than the end of the gap; so what is followed from there
// brings whoever takes both, in the order of the stream, to what the tree has.
func (f *follower) snapshot(ctx context.Context, c *caller) error {
	s := &survey{follower: f, caller: c, todo: []string{f.filter.root()}}
	for len(s.todo) > 0 {
		if err := s.step(ctx); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	return f.end(s.skipped)
}

// node publishes a node as it is. One that no message can hold is left out, and marked.
func (f *follower) node(msg *nats.Msg, path string) error {
	if size, fits := f.format.fits(msg); !fits {
		f.meter.skipped.Add(1)
		f.log.Warn("a node is left out of a snapshot, and marked", "path", path, "bytes", size, "limit", f.format.maxPayload)
		msg = f.format.skippedNode(f.at.zxid, size)
	}
	return f.tell(msg, 0)
}

// survey is one walk over the tree, parents before what is below them.
type survey struct {
	*follower
	*caller
	todo    []string // paths not read yet, the next at the end
	skipped int      // nodes that may not be read
}

// step reads and publishes some of what is to do.
func (s *survey) step(ctx context.Context) error {
	from := max(len(s.todo)-atOnce, 0)
	paths := append([]string(nil), s.todo[from:]...)
	s.todo = s.todo[:from]
	nodes, err := s.read(ctx, sdk.OpGetData, paths)
	if err != nil {
		return err
	}
	var parents []string
	for i, m := range nodes {
		switch {
		case m.Code == sdk.CodeNoAuth:
			s.skipped++
			parents = append(parents, paths[i]) // its children may be open
			continue
		case m.Code == sdk.CodeNoNode:
			continue // deleted since
		case m.Code != sdk.OK:
			return fmt.Errorf("%s: %w", paths[i], m.Code)
		}
		if s.filter.shows(paths[i]) {
			if err := s.node(s.format.node(s.at.zxid, paths[i], &m.Result), paths[i]); err != nil {
				return err
			}
		}
		if m.Result.Stat.NumChildren > 0 {
			parents = append(parents, paths[i])
		}
	}
	return s.descend(ctx, parents)
}

// descend adds the children of nodes to what is to do.
func (s *survey) descend(ctx context.Context, parents []string) error {
	lists, err := s.read(ctx, sdk.OpGetChildren, parents)
	if err != nil {
		return err
	}
	for i, m := range lists {
		switch m.Code {
		case sdk.OK:
		case sdk.CodeNoNode, sdk.CodeNoAuth:
			continue
		default:
			return fmt.Errorf("%s: %w", parents[i], m.Code)
		}
		for _, name := range m.Result.Children {
			if path := sdk.JoinPath(parents[i], name); path != sdk.GroveRoot {
				s.todo = append(s.todo, path)
			}
		}
	}
	return nil
}

func (s *survey) read(ctx context.Context, kind sdk.OpKind, paths []string) ([]sdk.Message, error) {
	ops := make([]sdk.Op, len(paths))
	for i, path := range paths {
		ops[i] = sdk.Op{Kind: kind, Path: path}
	}
	return s.ask(ctx, ops...)
}
