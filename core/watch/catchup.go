package watch

import "github.com/grove-coordination/grove/sdk"

// List names the lists of a setWatches request, by what left the watch.
type List uint8

// The lists of sdk.Watches.
const (
	DataList       List = 1 + iota // left by getData, or by exists on a node that was there
	ExistList                      // left by exists on a node that was not there
	ChildList                      // left by getChildren
	PersistentList                 // left by addWatch
	RecursiveList                  // left by addWatch
)

// Kind is the kind of watch that an entry of the list is.
func (l List) Kind() Kind {
	switch l {
	case ChildList:
		return Child
	case PersistentList:
		return Persistent
	case RecursiveList:
		return Recursive
	}
	return Data
}

// CatchUp decides what becomes of one entry of a setWatches request: the event that makes up for what the client
// missed after relativeZxid, the last state it saw, or false when it missed nothing and watches again. Stat counts
// only when the node exists. Such an event carries zxid -1, goes to the asking client alone and is not filtered by
// permission. Watches that stay always watch again: what they missed is more than the state shows, see [Lasting].
//
// It does what Apache ZooKeeper does (DataTree.setWatches), holes included: a node that was made and deleted again
// is not told to an exist watch, one that was deleted and made again is told to a data watch as changed.
func CatchUp(l List, stat sdk.Stat, exists bool, relativeZxid int64) (sdk.EventKind, bool) {
	switch {
	case l.Kind().stays():
		return 0, false
	case l == ExistList:
		return sdk.EventCreated, exists
	case !exists:
		return sdk.EventDeleted, true
	case l == ChildList:
		return sdk.EventChildrenChanged, stat.Pzxid > relativeZxid
	}
	return sdk.EventDataChanged, stat.Mzxid > relativeZxid
}
