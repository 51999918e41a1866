package core

import (
	"context"

	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

var _ sdk.Inspector = (*Node)(nil)

// Sessions implements sdk.Inspector. Nothing is applied while the list is made.
func (n *Node) Sessions(context.Context) ([]sdk.SessionState, error) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	watches := n.watchesBySession()
	ids := n.sessions.IDs()
	list := make([]sdk.SessionState, len(ids))
	for i, id := range ids {
		list[i] = sdk.SessionState{
			ID: id, Timeout: n.sessions.Get(id).After(), Here: n.served[id] != nil,
			Ephemerals: n.tree.Ephemerals(id), Watches: watches[id],
		}
	}
	return list, nil
}

func (n *Node) watchesBySession() map[int64][]sdk.Watched {
	by := make(map[int64][]sdk.Watched)
	n.watch.Each(func(id watch.ID, kind watch.Kind, path string) bool {
		session := n.byID[id].Info().ID
		by[session] = append(by[session], sdk.Watched{Path: path, Type: watchType(kind)})
		return true
	})
	return by
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
