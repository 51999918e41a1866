package core

import (
	"context"
	"fmt"
	"io"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Snapshotter = (*Node)(nil)

// Snapshot implements sdk.Snapshotter. It costs the writes that happen while it is read, so it should not be kept for
// long.
func (n *Node) Snapshot(_ context.Context, path string) (sdk.Snapshot, error) {
	if err := sdk.ValidatePath(path); err != nil {
		return nil, fmt.Errorf("snapshot of %q: %w", path, err)
	}
	n.mu.Lock()
	image, zxid := n.tree.Capture(), n.zxid
	n.mu.Unlock()
	return &subtree{node: n, image: image, walk: image.Walk(path, n.mu.RLocker()), zxid: zxid}, nil
}

// subtree is a part of the tree as it was at one zxid.
type subtree struct {
	node  *Node
	image *tree.Image
	walk  *tree.Walk
	zxid  int64
	batch []tree.Node
}

// Zxid implements sdk.Snapshot.
func (s *subtree) Zxid() int64 { return s.zxid }

// Next implements sdk.Snapshot. What the feed leaves out is left out here too.
func (s *subtree) Next(ctx context.Context, dst []sdk.Change) (int, error) {
	if cap(s.batch) < len(dst) {
		s.batch = make([]tree.Node, len(dst))
	}
	for {
		got := s.walk.Next(s.batch[:len(dst)])
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case got == 0:
			return 0, io.EOF
		}
		if kept := s.keep(s.batch[:got], dst); kept > 0 {
			return kept, nil
		}
	}
}

// keep puts into dst what the feed would tell of.
func (s *subtree) keep(nodes []tree.Node, dst []sdk.Change) (kept int) {
	for i := range nodes {
		node := &nodes[i]
		if feed.Skip(node.Path) {
			continue
		}
		dst[kept] = sdk.Change{Kind: sdk.Created, Path: node.Path, Data: node.Data, Version: node.Stat.Version, Owner: node.Stat.EphemeralOwner}
		kept++
	}
	clear(nodes) // the buffer must not keep data alive
	return kept
}

// Close implements sdk.Snapshot.
func (s *subtree) Close() error {
	s.node.mu.Lock()
	defer s.node.mu.Unlock()
	s.image.Release()
	return nil
}
