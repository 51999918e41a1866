package core

import (
	"context"

	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Feed = (*follower)(nil)

// follower is one follower's place in the feed.
type follower struct {
	node *Node
	last int64 // zxid of the last transaction it was given
}

// Follow implements sdk.Host.
func (n *Node) Follow(_ context.Context, from int64) (sdk.Feed, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if floor := n.feed.Floor(); from < floor {
		return nil, &sdk.CompactedError{Floor: floor}
	}
	return &follower{node: n, last: from}, nil
}

// Next implements sdk.Feed.
func (f *follower) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	for {
		count, moved, err := f.take(dst)
		if count > 0 || err != nil {
			return count, err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// take gives what there is, or else a channel that is closed when there is more.
func (f *follower) take(dst []sdk.Transaction) (int, <-chan struct{}, error) {
	f.node.mu.RLock()
	defer f.node.mu.RUnlock()
	count, err := f.node.feed.After(f.last, dst)
	if err != nil {
		return 0, nil, err
	}
	if count > 0 {
		f.last = dst[count-1].Zxid
		return count, nil, nil
	}
	f.node.watchMu.Lock()
	defer f.node.watchMu.Unlock()
	f.node.eager = true
	return 0, f.node.moved, nil
}

// Close implements sdk.Feed.
func (f *follower) Close() error { return nil }

// rouseFollowers wakes the followers that wait for more. It is called from Apply.
func (n *Node) rouseFollowers() {
	if n.eager {
		close(n.moved)
		n.moved, n.eager = make(chan struct{}), false
	}
}
