package sdk

// OpKind names an operation by ZooKeeper's opcode (ZooDefs.OpCode).
type OpKind int32

// The operations Grove knows. A kind that is not listed here is answered with CodeUnimplemented.
const (
	OpCreate               OpKind = 1
	OpDelete               OpKind = 2
	OpExists               OpKind = 3
	OpGetData              OpKind = 4
	OpSetData              OpKind = 5
	OpGetACL               OpKind = 6
	OpSetACL               OpKind = 7
	OpGetChildren          OpKind = 8
	OpSync                 OpKind = 9
	OpPing                 OpKind = 11
	OpGetChildren2         OpKind = 12
	OpCheck                OpKind = 13 // only inside a multi
	OpMulti                OpKind = 14
	OpCreate2              OpKind = 15
	OpReconfig             OpKind = 16
	OpCheckWatches         OpKind = 17
	OpRemoveWatches        OpKind = 18
	OpCreateContainer      OpKind = 19
	OpCreateTTL            OpKind = 21
	OpMultiRead            OpKind = 22
	OpAuth                 OpKind = 100
	OpSetWatches           OpKind = 101
	OpSASL                 OpKind = 102
	OpGetEphemerals        OpKind = 103
	OpGetAllChildrenNumber OpKind = 104
	OpSetWatches2          OpKind = 105
	OpAddWatch             OpKind = 106
	OpWhoAmI               OpKind = 107
	OpCloseSession         OpKind = -11
	OpError                OpKind = -1 // only as the kind of a failed result in a multi
)

var opNames = map[OpKind]string{
	OpCreate: "create", OpDelete: "delete", OpExists: "exists", OpGetData: "getData", OpSetData: "setData",
	OpGetACL: "getACL", OpSetACL: "setACL", OpGetChildren: "getChildren", OpSync: "sync", OpPing: "ping",
	OpGetChildren2: "getChildren2", OpCheck: "check", OpMulti: "multi", OpCreate2: "create2", OpAuth: "auth",
	OpSetWatches: "setWatches", OpCloseSession: "closeSession", OpError: "error", OpCheckWatches: "checkWatches",
	OpRemoveWatches: "removeWatches", OpCreateContainer: "createContainer", OpCreateTTL: "createTTL",
	OpMultiRead: "multiRead", OpGetEphemerals: "getEphemerals", OpGetAllChildrenNumber: "getAllChildrenNumber",
	OpSetWatches2: "setWatches2", OpAddWatch: "addWatch", OpWhoAmI: "whoAmI", OpReconfig: "reconfig", OpSASL: "sasl",
}

// String is ZooKeeper's name of the operation, or "" for one Grove does not know.
func (k OpKind) String() string { return opNames[k] }

// Writes reports whether the operation goes through the log. Sync does too: its place in the log is what proves
// that everything committed before it has been applied here. The end of a session does as well.
func (k OpKind) Writes() bool {
	switch k {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL, OpDelete, OpSetData, OpSetACL, OpMulti, OpReconfig, OpSync, OpCloseSession:
		return true
	}
	return false
}

// InMulti reports whether an operation of this kind may stand in a multi.
func (k OpKind) InMulti() bool {
	switch k {
	case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL, OpDelete, OpSetData, OpCheck:
		return true
	}
	return false
}

// CreateMode says what kind of znode a create makes (org.apache.zookeeper.CreateMode flags).
type CreateMode int32

// The modes Grove makes.
const (
	ModePersistent           CreateMode = 0
	ModeEphemeral            CreateMode = 1
	ModePersistentSequential CreateMode = 2
	ModeEphemeralSequential  CreateMode = 3
	ModeContainer            CreateMode = 4 // ends some time after its last child
	ModeTTL                  CreateMode = 5 // ends when it has no children and was not written for its time to live
	ModeTTLSequential        CreateMode = 6
)

// Ephemeral reports whether the node ends with its session.
func (m CreateMode) Ephemeral() bool { return m == ModeEphemeral || m == ModeEphemeralSequential }

// Sequential reports whether the parent's counter is appended to the name.
func (m CreateMode) Sequential() bool {
	return m == ModePersistentSequential || m == ModeEphemeralSequential || m == ModeTTLSequential
}

// TTL reports whether the node has a time to live.
func (m CreateMode) TTL() bool { return m == ModeTTL || m == ModeTTLSequential }

// WatchType names kinds of watches (org.apache.zookeeper.Watcher.WatcherType).
type WatchType int32

// The kinds of watches. What addWatch leaves is one of the last two.
const (
	WatchChildren   WatchType = 1
	WatchData       WatchType = 2
	WatchAny        WatchType = 3 // whatever there is
	WatchPersistent WatchType = 4 // stays, for the node and the list of its children
	WatchRecursive  WatchType = 5 // stays, for the node and everything below it
)

// AnyVersion as an expected version matches every version.
const AnyVersion int32 = -1

// Op is one operation of a client. Which fields count depends on Kind; the others are zero.
//
// Path, Data and everything else an Op refers to are only lent: see [Session.Submit].
type Op struct {
	Kind    OpKind
	Path    string     // every operation but those without: ping, multi, multiRead, auth, setWatches, whoAmI, closeSession
	Data    []byte     // create, setData: nil and empty are different values; auth: the credential; sasl: the answer
	ACL     []ACL      // create, setACL
	Mode    CreateMode // create
	Version int32      // delete, setData, check: of the data; setACL: of the ACL; AnyVersion for none
	TTL     int64      // create with a TTL mode: milliseconds
	Watch   bool       // exists, getData, getChildren: leave a one-shot watch
	Type    WatchType  // addWatch, checkWatches, removeWatches
	Scheme  string     // auth
	Who     Identity   // sasl: what the frontend has proved by it, counts from now on; the zero value: nothing yet
	Watches *Watches   // setWatches, setWatches2
	Ops     []Op       // multi, multiRead
	Members *Reshape   // reconfig
}

// Reshape is a change of the cluster's members, in the words of ZooKeeper's reconfig: "server.ID=..." lines of those
// who join, ids of those who leave, or the lines of all there shall be. What is not asked for is empty.
type Reshape struct {
	Joining string // comma-separated
	Leaving string // comma-separated
	Members string // separated by newlines or commas; only alone
	Version int64  // of /zookeeper/config that the change rests on; -1 for any
}

// Watches is what a client that comes back wants to go on watching: the paths of its watches, and the last zxid it
// saw. What changed after that is told at once; one-shot watches that were told are gone, the rest is watched again.
type Watches struct {
	RelativeZxid int64
	Data         []string
	Exist        []string
	Child        []string
	Persistent   []string // setWatches2
	Recursive    []string // setWatches2
}
