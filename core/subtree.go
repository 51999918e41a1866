package core

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Snapshotter = (*Node)(nil)

const (
	maxSnapshots = 8               // at a time
	snapshotTime = 2 * time.Minute // until one is taken away from a reader who does not come to its end
)

// Snapshot implements sdk.Snapshotter. As long as it is open the tree keeps aside what is written and what is deleted, so
// there are few at a time, and none for long.
func (n *Node) Snapshot(_ context.Context, path string) (sdk.Snapshot, error) {
	if err := sdk.ValidatePath(path); err != nil {
		return nil, fmt.Errorf("snapshot of %q: %w", path, err)
	}
	n.mu.Lock()
	if len(n.shown) >= maxSnapshots {
		n.mu.Unlock()
		return nil, fmt.Errorf("snapshot of %s: %d others are open", path, maxSnapshots)
	}
	s := &subtree{node: n, image: n.tree.Capture(), zxid: n.zxid, until: time.Now().Add(snapshotTime)}
	n.shown[s] = struct{}{}
	n.mu.Unlock()
	s.walk = s.image.Walk(path, n.mu.RLocker())
	return s, nil
}

// takeBack ends the snapshots whose time is over.
func (n *Node) takeBack(now time.Time) {
	n.mu.RLock()
	var over []*subtree
	for s := range n.shown {
		if now.After(s.until) {
			over = append(over, s)
		}
	}
	n.mu.RUnlock()
	for _, s := range over {
		_ = s.Close() // never fails
	}
}

// subtree is a part of the tree as it was at one zxid.
type subtree struct {
	node  *Node
	zxid  int64
	until time.Time

	mu    sync.Mutex // guards all below; taken before the state
	image *tree.Image
	walk  *tree.Walk // nil when closed
	batch []tree.Node
}

// Zxid implements sdk.Snapshot.
func (s *subtree) Zxid() int64 { return s.zxid }

// errSnapshotOver is what is given of a snapshot that was closed, by its reader or because its time was over.
var errSnapshotOver = fmt.Errorf("snapshot: closed, or not read to its end within %v", snapshotTime)

// Next implements sdk.Snapshot. What the feed leaves out is left out here too.
func (s *subtree) Next(ctx context.Context, dst []sdk.Change) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cap(s.batch) < len(dst) {
		s.batch = make([]tree.Node, len(dst))
	}
	for s.walk != nil {
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
	return 0, errSnapshotOver
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.walk = nil
	s.node.mu.Lock()
	defer s.node.mu.Unlock()
	s.image.Release()
	delete(s.node.shown, s)
	return nil
}
