package core

import (
	"strings"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// CatchUp implements session.Core. One-shot watches are compared with the state as it is. What persistent and
// recursive ones have missed comes from the feed, as far back as it goes; ZooKeeper loses it.
func (n home) CatchUp(s *session.Served, who []sdk.Identity, w *sdk.Watches, tell func(*sdk.Event)) {
	n.catchUp(s, watch.DataList, w.Data, w.RelativeZxid, tell)
	n.catchUp(s, watch.ExistList, w.Exist, w.RelativeZxid, tell)
	n.catchUp(s, watch.ChildList, w.Child, w.RelativeZxid, tell)
	n.catchUp(s, watch.PersistentList, w.Persistent, w.RelativeZxid, tell)
	n.catchUp(s, watch.RecursiveList, w.Recursive, w.RelativeZxid, tell)
	if len(w.Persistent)+len(w.Recursive) > 0 {
		n.replay(who, w, tell)
	}
}

func (n home) catchUp(s *session.Served, list watch.List, paths []string, since int64, tell func(*sdk.Event)) {
	for _, path := range paths {
		stat, ok := n.tree.Stat(path)
		if kind, missed := watch.CatchUp(list, stat, ok, since); missed {
			tell(&sdk.Event{Kind: kind, Path: strings.Clone(path), Zxid: -1})
			continue
		}
		n.addWatch(s, list.Kind(), path)
	}
}

// maxReplay bounds the work for one client that comes back: transactions looked through, times lasting watches.
const maxReplay = 1 << 20

// replay tells a client what its lasting watches have missed, each event once for each transaction, and only of nodes
// it may read now: the feed does not know who could read them then. A client that was away for longer than the feed
// goes back is told what there is.
func (n home) replay(who []sdk.Identity, w *sdk.Watches, tell func(*sdk.Event)) {
	batch := make([]sdk.Transaction, 64)
	since := max(w.RelativeZxid, n.feed.Floor())
	for work := 0; work < maxReplay; {
		count, err := n.feed.After(since, batch)
		if err != nil || count == 0 {
			return // since is not below the floor, so there is no error
		}
		for _, t := range batch[:count] {
			n.replayOne(t, w, who, tell)
		}
		since = batch[count-1].Zxid
		work += count * (len(w.Persistent) + len(w.Recursive))
	}
}

// replayOne tells one transaction as Fire would have: change by change, first of the node, then of its parent.
func (n home) replayOne(t sdk.Transaction, w *sdk.Watches, who []sdk.Identity, tell func(*sdk.Event)) {
	type event struct {
		kind sdk.EventKind
		path string
	}
	told := make(map[event]bool)
	for i := range t.Changes {
		one := sdk.Transaction{Zxid: t.Zxid, Changes: t.Changes[i : i+1]}
		for _, ofParent := range []bool{false, true} {
			missed(one, w, func(e sdk.Event) {
				key := event{e.Kind, e.Path}
				if ofParent == (e.Kind == sdk.EventChildrenChanged) && !told[key] && n.mayHear(e.Path, who) {
					told[key] = true
					tell(&e)
				}
			})
		}
	}
}

func missed(t sdk.Transaction, w *sdk.Watches, emit func(sdk.Event)) {
	for _, path := range w.Persistent {
		watch.Missed(watch.Persistent, path, t, emit)
	}
	for _, path := range w.Recursive {
		watch.Missed(watch.Recursive, path, t, emit)
	}
}

// mayHear asks for READ of a node, or of the nearest one above it that is there.
func (n home) mayHear(path string, who []sdk.Identity) bool {
	for path != "" {
		if _, acl, _, ok := n.tree.Get(path); ok {
			return tree.Permits(acl, who, sdk.PermRead)
		}
		path, _ = sdk.SplitPath(path)
	}
	return false
}
