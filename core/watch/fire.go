package watch

import "github.com/grove-coordination/grove/sdk"

// Firing is one change of the tree, to be told to those who watch.
//
// See filters events by the permission to read at the time of the change: it is asked once for each watcher and
// event, about the node itself or, when parent is true, about its parent; for a deleted node its last ACL counts.
// Nil lets everyone see everything. A one-shot watch whose watcher may not see is used up and nothing is delivered,
// as in Apache ZooKeeper since 3.9.2: there WatchManager.triggerWatch removes the watch, and then
// NIOServerCnxn.process drops the event (CVE-2024-23944).
type Firing struct {
	Kind sdk.ChangeKind
	Path string // only lent
	Zxid int64
	See  func(id ID, parent bool) bool
}

// Fire tells one change: for each event it makes, deliver gets everyone the event is for, in the order in which
// they began to watch, and at most once. The watches that are told are gone. An event is shared by all it goes to
// and must not be changed. Deliver must not call the table.
//
// A creation is told to Data watches of the path and then to Child watches of the parent; a deletion to Data watches
// of the path, to Child watches of the path, and then to Child watches of the parent; new data to Data watches; a
// changed ACL to nobody.
func (t *Table) Fire(c Firing, deliver func(ID, *sdk.Event)) {
	if len(t.held) == 0 {
		return
	}
	switch c.Kind {
	case sdk.Created:
		t.tell(c, sdk.EventCreated, deliver, Data)
		t.tell(c, sdk.EventChildrenChanged, deliver, Child)
	case sdk.Deleted:
		t.tell(c, sdk.EventDeleted, deliver, Data, Child)
		t.tell(c, sdk.EventChildrenChanged, deliver, Child)
	case sdk.Changed:
		t.tell(c, sdk.EventDataChanged, deliver, Data)
	}
	t.release()
}

// tell makes one event of a change and hands it to the watchers of the kinds named, in that order. That children
// changed is an event of the parent.
func (t *Table) tell(c Firing, kind sdk.EventKind, deliver func(ID, *sdk.Event), to ...Kind) {
	path, parent := c.Path, kind == sdk.EventChildrenChanged
	if parent {
		path, _ = sdk.SplitPath(path)
	}
	t.event++
	var event *sdk.Event
	for _, watched := range to {
		at := t.byPath[watched-1][path]
		if at == 0 {
			continue
		}
		if event == nil {
			event = &sdk.Event{Kind: kind, Path: t.places.at(at).path, Zxid: c.Zxid}
		}
		for i := t.places.at(at).watches.first; i != 0; {
			id, fresh, next := t.spend(i)
			if fresh && (c.See == nil || c.See(id, parent)) {
				deliver(id, event)
			}
			i = next
		}
	}
}

// spend uses up watch i for the event at hand: it says whose it was, whether they have yet to be told, and which
// watch is next at that place.
func (t *Table) spend(i uint32) (id ID, fresh bool, next uint32) {
	w := *t.watches.at(i)
	who := t.watchers.at(w.who)
	id, fresh = who.id, who.told != t.event
	who.told = t.event
	t.forget(i)
	return id, fresh, w.near[ofPlace].next
}
