package watch

import (
	"iter"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Firing is one change of the tree, to be told to those who watch.
//
// See filters events by the permission to read at the time of the change: it is asked once for each watcher and
// event, about the node itself or, when parent is true, about its parent; for a deleted node its last ACL counts.
// What the path of a recursive watch permits says nothing about what lies below. Nil lets everyone see everything. A
// one-shot watch whose watcher may not see is used up and nothing is delivered, as in Apache ZooKeeper since 3.9.2:
// there WatchManager.triggerWatch removes the watch, and then NIOServerCnxn.process drops the event (CVE-2024-23944).
type Firing struct {
	Kind sdk.ChangeKind
	Path string // only lent
	Zxid int64
	See  func(id ID, parent bool) bool
}

// Fire tells one change: for each event it makes, deliver gets everyone the event is for, and at most once however
// many watches of theirs it meets: place by place, in the order in which they began to watch there. One-shot watches
// that are told are gone. An event is shared by all it goes to and must not be changed. Deliver must not call the
// table.
//
// A creation, a deletion and new data are told to Data and Persistent watches of the path and to Recursive watches of
// the path and of what lies above it, up to the root; a deletion then to Child watches of the path. After that a
// creation and a deletion are told to Child and Persistent watches of the parent, as a change of its children. A
// changed ACL is told to nobody.
func (t *Table) Fire(c Firing, deliver func(ID, *sdk.Event)) {
	if len(t.held) == 0 {
		return
	}
	switch c.Kind {
	case sdk.Created:
		t.tell(c, sdk.EventCreated, deliver, Data, Persistent, Recursive)
		t.tell(c, sdk.EventChildrenChanged, deliver, Child, Persistent)
	case sdk.Deleted:
		t.tell(c, sdk.EventDeleted, deliver, Data, Persistent, Recursive, Child)
		t.tell(c, sdk.EventChildrenChanged, deliver, Child, Persistent)
	case sdk.Changed:
		t.tell(c, sdk.EventDataChanged, deliver, Data, Persistent, Recursive)
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
		for at := range t.covering(watched, path) {
			if event == nil {
				event = &sdk.Event{Kind: kind, Path: t.keep(at, path), Zxid: c.Zxid}
			}
			for i := t.places.at(at).watches.first; i != 0; {
				id, fresh, next := t.meet(i, watched)
				if fresh && (c.See == nil || c.See(id, parent)) {
					deliver(id, event)
				}
				i = next
			}
		}
	}
}

// covering gives the places, as watches of a kind see them, where an event of path is told: that of the path itself
// and, for Recursive, those of everything above. Nothing is looked up while nobody watches in that way, and of what
// lies above only paths as long as one that is watched: a very deep path must not cost its length squared.
func (t *Table) covering(kind Kind, path string) iter.Seq[uint32] {
	places := t.byPath[kind-1]
	return func(yield func(uint32) bool) {
		if kind != Recursive {
			if at := places[path]; at != 0 {
				yield(at)
			}
			return
		}
		for ; path != "" && len(places) > 0; path, _ = sdk.SplitPath(path) {
			if t.long[len(path)] == 0 {
				continue
			}
			if at := places[path]; at != 0 && !yield(at) {
				return
			}
		}
	}
}

// keep is path as an event may hold it: as the place where it is told has it, or else a copy.
func (t *Table) keep(at uint32, path string) string {
	if own := t.places.at(at).path; own == path {
		return own
	}
	return strings.Clone(path)
}

// meet has watch i, of a kind, hear of the event at hand, which uses it up unless it stays. It says whose it is,
// whether they have yet to be told, and which watch is next at that place.
func (t *Table) meet(i uint32, kind Kind) (id ID, fresh bool, next uint32) {
	w := *t.watches.at(i)
	who := t.watchers.at(w.who)
	id, fresh = who.id, who.told != t.event
	who.told = t.event
	if !kind.stays() {
		t.forget(i)
	}
	return id, fresh, w.near[ofPlace].next
}
