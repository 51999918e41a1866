package sdk

// Message is what a session receives: the reply to one of its operations, or an event when Event is not nil.
//
// Data, children and whatever else a message refers to belong to the core and must not be changed; they stay
// valid for as long as the receiver holds them.
type Message struct {
	Cookie uint64 // of a reply: what Submit was given
	Kind   OpKind // of a reply: the operation that was asked
	Code   Code   // of a reply: its outcome; the result counts only with OK
	Zxid   int64  // of a write: its own; of a read: the last one applied; of an event: the one that caused it
	Result Result
	Event  *Event // shared by every session it goes to
}

// Result is the body of a reply. Which fields count depends on the kind of the operation.
type Result struct {
	Path     string     // create, create2: the name as made; sync: as asked
	Data     []byte     // getData: nil and empty are different values; reconfig: the members; sasl: the answer
	Stat     Stat       // exists, getData, setData, getChildren2, create2, getACL, setACL, reconfig
	ACL      []ACL      // getACL
	Children []string   // getChildren, getChildren2: names in ascending order; getEphemerals: paths, likewise
	Count    int32      // getAllChildrenNumber: nodes below
	Who      []Identity // whoAmI
	Multi    []OpResult // multi, multiRead: one for each operation
}

// OpResult is the outcome of one operation of a multi or a multiRead, in which each stands for itself. In a multi that
// failed every Kind is OpError: the operations before the failing one carry OK, it carries its code, those after it
// CodeRuntimeInconsistency.
type OpResult struct {
	Kind OpKind
	Code Code
	Path string
	Stat Stat

	Data     []byte   // multiRead, getData
	Children []string // multiRead, getChildren
}

// EventKind is the type of a watch event (org.apache.zookeeper.Watcher.Event.EventType).
type EventKind int32

// The events that a server sends.
const (
	EventCreated         EventKind = 1
	EventDeleted         EventKind = 2
	EventDataChanged     EventKind = 3
	EventChildrenChanged EventKind = 4
)

// String is the name ZooKeeper gives the event.
func (k EventKind) String() string {
	switch k {
	case EventCreated:
		return "NodeCreated"
	case EventDeleted:
		return "NodeDeleted"
	case EventDataChanged:
		return "NodeDataChanged"
	case EventChildrenChanged:
		return "NodeChildrenChanged"
	}
	return "None"
}

// Event tells that something a session watched has happened. Zxid is that of the transaction that did it. It is -1 when
// a one-shot watch that is set again makes up for what its client missed: then only the state shows that there was
// something. What lasting watches missed is told with its own zxids.
type Event struct {
	Kind EventKind
	Path string
	Zxid int64
}
