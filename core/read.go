package core

import (
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// Zxid implements session.Core; the caller holds the state.
func (n home) Zxid() int64 { return n.zxid }

// Weigh implements session.Core; the caller holds the state.
func (n home) Weigh(op *sdk.Op) (data, names int) {
	switch op.Kind {
	case sdk.OpGetData:
		stat, _ := n.tree.Stat(op.Path)
		data = int(stat.DataLength)
	case sdk.OpGetChildren, sdk.OpGetChildren2:
		stat, _ := n.tree.Stat(op.Path)
		names = int(stat.NumChildren)
	}
	return data, names
}

// Prepare implements session.Core: a long list of children is gathered and sorted before the read, so that nobody waits for
// that with the state held.
func (n home) Prepare(who []sdk.Identity, op *sdk.Op) {
	n.mu.RLock()
	whole := n.tree // a snapshot that is restored meanwhile brings another
	_, acl, _, _ := whole.Get(op.Path)
	ready := whole.Ready(op.Path) || !tree.Permits(acl, who, sdk.PermRead)
	n.mu.RUnlock()
	if !ready {
		n.listing.Lock()
		defer n.listing.Unlock()
		whole.Prepare(op.Path, &n.mu, n.mu.RLocker())
	}
}

// Read implements session.Core: it answers a read of the tree and registers the watch it asks for. A read that fails
// leaves no watch, except exists on a node that is not there. The caller holds the state.
func (n home) Read(s *session.Served, who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	n.counts.reads.Add(1)
	if op.Kind == sdk.OpGetEphemerals {
		return sdk.Result{Children: n.tree.EphemeralsBelow(s.Info().ID, op.Path)}, sdk.OK
	}
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

// What one session may watch beside Config.MaxWatches, and all together: who asks for more than there is room for is let go.
const (
	maxWatchWeight = 64 << 20 // bytes of paths

	maxTotalWeight = 512 << 20 // bytes, of all sessions of a node together
)

func (n *Node) addWatch(s *session.Served, kind watch.Kind, path string) {
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	id := watch.ID(s.Watch())
	if n.state.watch.Watching(id) >= n.cfg.MaxWatches || n.state.watch.Weight(id)+len(path) > maxWatchWeight ||
		n.state.watch.TotalWeight()+len(path) > maxTotalWeight {
		s.WatchesTooMuch()
		return
	}
	n.state.watch.Add(id, kind, path)
}

// Watch implements session.Core.
func (n home) Watch(s *session.Served, op *sdk.Op) sdk.Code {
	if op.Kind == sdk.OpAddWatch {
		return n.addLasting(s, op)
	}
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	act := n.state.watch.Has
	if op.Kind == sdk.OpRemoveWatches {
		act = n.state.watch.Remove
	}
	if !act(watch.ID(s.Watch()), op.Path, op.Type) {
		return sdk.CodeNoWatcher
	}
	return sdk.OK
}

func (n home) addLasting(s *session.Served, op *sdk.Op) sdk.Code {
	switch op.Type {
	case sdk.WatchPersistent:
		n.addWatch(s, watch.Persistent, op.Path)
	case sdk.WatchRecursive:
		n.addWatch(s, watch.Recursive, op.Path)
	default:
		return sdk.CodeMarshallingError
	}
	return sdk.OK
}
