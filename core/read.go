package core

import (
	"strings"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// Zxid implements session.Core; the caller holds the state.
func (n home) Zxid() int64 { return n.zxid }

// Read implements session.Core: it answers a read of the tree and registers the watch it asks for. A read that fails
// leaves no watch, except exists on a node that is not there. The caller holds the state.
func (n home) Read(s *session.Served, who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	n.counts.reads.Add(1)
	result, code := n.tree.Read(who, op)
	if op.Watch && (code == sdk.OK || op.Kind == sdk.OpExists && code == sdk.CodeNoNode) {
		n.addWatch(s, watchKind(op.Kind), op.Path)
	}
	return result, code
}

func watchKind(kind sdk.OpKind) watch.Kind {
	if kind == sdk.OpGetChildren || kind == sdk.OpGetChildren2 {
		return watch.Child
	}
	return watch.Data
}

func (n *Node) addWatch(s *session.Served, kind watch.Kind, path string) {
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	n.watch.Add(watch.ID(s.Watch()), kind, path)
}

// CatchUp implements session.Core. The caller holds the state.
func (n home) CatchUp(s *session.Served, w *sdk.Watches, tell func(*sdk.Event)) {
	n.catchUp(s, watch.DataList, w.Data, w.RelativeZxid, tell)
	n.catchUp(s, watch.ExistList, w.Exist, w.RelativeZxid, tell)
	n.catchUp(s, watch.ChildList, w.Child, w.RelativeZxid, tell)
}

func (n *Node) catchUp(s *session.Served, list watch.List, paths []string, since int64, tell func(*sdk.Event)) {
	for _, path := range paths {
		stat, ok := n.tree.Stat(path)
		if kind, missed := watch.CatchUp(list, stat, ok, since); missed {
			tell(&sdk.Event{Kind: kind, Path: strings.Clone(path), Zxid: -1})
			continue
		}
		n.addWatch(s, list.Kind(), path)
	}
}
