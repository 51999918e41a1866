package core

import (
	"context"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// CatchUp implements session.Core. One-shot watches are compared with the state as it is in their turn. What persistent
// and recursive ones have missed comes from the feed, as far back as it goes; ZooKeeper loses it. The feed is looked
// through before, and in its turn only what has been added since.
func (n home) CatchUp(ctx context.Context, s *session.Served, who []sdk.Identity, w *sdk.Watches) func(func(*sdk.Event)) {
	var lasting *missed
	if len(w.Persistent)+len(w.Recursive) > 0 {
		lasting = &missed{Node: n.Node, who: who, watches: watch.NewLasting(w.Persistent, w.Recursive), since: w.RelativeZxid}
		lasting.look(func() bool { return ctx.Err() != nil || s.Ended() })
	}
	return func(tell func(*sdk.Event)) {
		n.catchUp(s, watch.DataList, w.Data, w.RelativeZxid, tell)
		n.catchUp(s, watch.ExistList, w.Exist, w.RelativeZxid, tell)
		n.catchUp(s, watch.ChildList, w.Child, w.RelativeZxid, tell)
		n.catchUp(s, watch.PersistentList, w.Persistent, w.RelativeZxid, tell)
		n.catchUp(s, watch.RecursiveList, w.Recursive, w.RelativeZxid, tell)
		if lasting != nil {
			lasting.tell(tell)
		}
	}
}

func (n home) catchUp(s *session.Served, list watch.List, paths []string, since int64, tell func(*sdk.Event)) {
	for _, path := range paths {
		stat, ok := n.tree.Stat(path)
		if kind, missed := watch.CatchUp(list, stat, ok, since); missed {
			tell(&sdk.Event{Kind: kind, Path: path, Zxid: -1})
			continue
		}
		n.addWatch(s, list.Kind(), path)
	}
}
