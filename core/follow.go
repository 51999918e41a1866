package core

import (
	"context"
	"fmt"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Feed = (*follower)(nil)

// follower is one follower's place in the feed.
type follower struct {
	node   *Node
	filter feed.Filter
	last   int64 // zxid of the last transaction it has passed
}

// Follow implements sdk.Host.
func (n *Node) Follow(_ context.Context, want sdk.Following) (sdk.Feed, error) {
	filter, err := feed.NewFilter(want)
	if err != nil {
		return nil, fmt.Errorf("follow: %w", err)
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if floor := n.feed.Floor(); want.From < floor {
		return nil, &sdk.CompactedError{Floor: floor}
	}
	return &follower{node: n, filter: filter, last: want.From}, nil
}

// Next implements sdk.Feed.
func (f *follower) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	for {
		count, moved, err := f.take(dst)
		if count > 0 || err != nil {
			return f.pick(dst[:count]), err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// pick leaves of the transactions those that the filter lets through, and the last one in any case: it is the progress
// mark when nothing of it is left.
func (f *follower) pick(got []sdk.Transaction) int {
	if f.filter.Open() {
		return len(got)
	}
	kept := 0
	for i := range got {
		if t := f.filter.Pick(got[i]); len(t.Changes) > 0 || i == len(got)-1 {
			got[kept] = t
			kept++
		}
	}
	return kept
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
