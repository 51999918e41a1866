package core

import (
	"context"
	"slices"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Inspector = (*Node)(nil)

// listed is how much is copied for a list before the state is let go for others.
const listed = 1024

// Sessions implements sdk.Inspector. The list is made in stretches, so that nobody waits for it, and is not of one moment:
// what was there all the while is in it once.
func (n *Node) Sessions(ctx context.Context) ([]sdk.SessionState, error) {
	watches, err := n.watchesBySession(ctx)
	if err != nil {
		return nil, err
	}
	ids := n.sessionIDs()
	list := make([]sdk.SessionState, 0, len(ids))
	for _, id := range ids {
		state, owned := n.sessionState(id)
		if state.ID == 0 {
			continue // it has ended meanwhile
		}
		if state.Ephemerals, err = n.owned(ctx, id, owned); err != nil {
			return nil, err
		}
		state.Watches = watches[id]
		list = append(list, state)
	}
	return list, nil
}

func (n *Node) sessionIDs() []int64 {
	n.mu.RLock()
	ids := n.sessions.Keys()
	n.mu.RUnlock()
	slices.Sort(ids)
	return ids
}

// sessionState is a session without what it watches and owns; of that, what it owned. Nothing when there is none.
func (n *Node) sessionState(id int64) (s sdk.SessionState, owned []tree.Owned) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	record := n.sessions.Get(id)
	if record == nil {
		return s, nil
	}
	return sdk.SessionState{ID: id, Timeout: record.After(), Here: n.served[id] != nil}, n.tree.Owned(id)
}

// owned are the paths of a session's ephemerals, ascending.
func (n *Node) owned(ctx context.Context, id int64, nodes []tree.Owned) (paths []string, err error) {
	for some := range slices.Chunk(nodes, listed) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n.mu.RLock()
		paths = n.tree.OwnedPaths(paths, id, some)
		n.mu.RUnlock()
	}
	slices.Sort(paths)
	return paths, nil
}

// watchesBySession are the watches of the sessions that this node serves.
func (n *Node) watchesBySession(ctx context.Context) (map[int64][]sdk.Watched, error) {
	by := make(map[int64][]sdk.Watched)
	some := make([]sessionsWatch, 0, listed)
	for next, more := 0, true; more; more = next != 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		some, next = n.someWatches(some[:0], next)
		for _, w := range some {
			by[w.session] = append(by[w.session], w.Watched)
		}
	}
	return by, nil
}

// sessionsWatch is a watch and whose it is.
type sessionsWatch struct {
	session int64
	sdk.Watched
}

// someWatches appends what stands in the next places of the watch table.
func (n *Node) someWatches(dst []sessionsWatch, from int) (some []sessionsWatch, next int) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	next = n.watch.Some(from, listed, func(id watch.ID, kind watch.Kind, path string) {
		dst = append(dst, sessionsWatch{n.byID[id].Info().ID, sdk.Watched{Path: path, Type: watchType(kind)}})
	})
	return dst, next
}

func watchType(kind watch.Kind) sdk.WatchType {
	switch kind {
	case watch.Child:
		return sdk.WatchChildren
	case watch.Persistent:
		return sdk.WatchPersistent
	case watch.Recursive:
		return sdk.WatchRecursive
	}
	return sdk.WatchData
}
