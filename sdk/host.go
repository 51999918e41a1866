package sdk

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Host is what the core offers to frontends. All of it may be called at any time by many goroutines.
type Host interface {
	// Open makes or resumes a session. It is replicated before Open returns. Errors: ErrNoSession, ErrAhead,
	// ErrNotServing, or what ctx says.
	Open(ctx context.Context, login Login) (Session, error)

	// Follow gives the committed transactions that are wanted, in order, none missing. When some of them are no
	// longer kept the error is a *CompactedError.
	Follow(ctx context.Context, want Following) (Feed, error)

	// Status tells how this node is.
	Status(ctx context.Context) (Status, error)
}

// Following is what a follower wants of the change log. A transaction is given with those of its changes that fit both
// filters, and left out when there are none. So that a follower with a filter knows how far it has come, it gets a
// transaction without changes, a progress mark, when it has caught up and the last one was left out, and now and then
// before: everything up to its Zxid has been looked through.
type Following struct {
	From  int64        // a zxid: what comes after it; 0 for all there ever were
	Paths []string     // patterns of [ParseGlob], of which one must fit; none: every path
	Kinds []ChangeKind // none: every kind
}

// Feed is one follower's place in the change log. It is used by one goroutine at a time.
type Feed interface {
	// Next waits until there is something and fills dst with whole transactions. A follower that was too slow gets
	// a *CompactedError, once the transactions it has not seen are no longer kept.
	Next(ctx context.Context, dst []Transaction) (int, error)
	// Close ends the feed; it costs the core nothing to forget it.
	Close() error
}

// ErrCompacted is what a *CompactedError is, for errors.Is.
var ErrCompacted = errors.New("changes are no longer kept")

// CompactedError says that the feed begins after Floor: transactions up to and including it are no longer kept.
type CompactedError struct{ Floor int64 }

// Error names the floor.
func (e *CompactedError) Error() string {
	return ErrCompacted.Error() + ": the feed begins after zxid 0x" + strconv.FormatInt(e.Floor, 16)
}

// Is makes errors.Is(err, ErrCompacted) true.
func (e *CompactedError) Is(target error) bool { return target == ErrCompacted }

// Role is what a node is in its cluster.
type Role string

// The roles. A node without a leader is a candidate or a follower, and is not serving.
const (
	RoleLeader    Role = "leader"
	RoleFollower  Role = "follower"
	RoleObserver  Role = "observer"
	RoleCandidate Role = "candidate"
)

// Status is how a node is. Why says in words why it is not serving.
type Status struct {
	NodeID   string
	Role     Role
	Leader   string // id of the leader, "" for none known
	Term     uint64
	Zxid     int64 // last applied
	Floor    int64 // the feed begins after this zxid
	Last     int64 // of the newest transaction in the feed, or the floor
	Serving  bool
	Why      string
	Warnings []string // what somebody should see to though the node serves, such as little space on the disk
	Members  []Member // of the cluster, by id
	Learners []string // ids of the members that follow this node, in order, while it leads

	Nodes        int64
	Ephemerals   int64
	DataSize     int64 // bytes of paths and data
	Sessions     int64 // in the whole cluster
	Watches      int64 // on this node
	WatchedPaths int64 // on this node
}

// Member is one node of a cluster.
type Member struct {
	ID       string
	Addr     string // host:port for the other nodes
	Clients  string // host:port for ZooKeeper clients; "" while the node has not told
	Observer bool   // has no vote
}

// Inspector is a Host that can list what it holds, for people who look for what costs or leaks. A list costs as much as
// it is long.
type Inspector interface {
	// Sessions lists the sessions of the cluster, by id. The list is not of one moment; what was there all the while is in it.
	Sessions(ctx context.Context) ([]SessionState, error)
}

// SessionState is what a session holds.
type SessionState struct {
	ID         int64
	Timeout    time.Duration
	Here       bool      // served by this node; only of such a session the watches are known
	Ephemerals []string  // paths, ascending
	Watches    []Watched // in any order
}

// Watched is one watch of a session.
type Watched struct {
	Path string
	Type WatchType
}

// Snapshotter is a Host that can show a part of the tree as it was at one zxid: where a follower begins that has nothing
// yet, or whose place is no longer kept.
type Snapshotter interface {
	// Snapshot shows the node at path and everything below it. It must be closed.
	Snapshot(ctx context.Context, path string) (Snapshot, error)
}

// Snapshot is a part of the tree as it was after the transaction Zxid. A feed from there misses nothing and repeats
// nothing. It is used by one goroutine at a time.
type Snapshot interface {
	// Zxid is the moment that is shown.
	Zxid() int64
	// Next fills dst with nodes, parents before their children, each as a change of kind Created; io.EOF after the last.
	Next(ctx context.Context, dst []Change) (int, error)
	// Close lets go of it.
	Close() error
}

// Frontend turns some protocol into sessions and operations.
type Frontend interface {
	// Name is a short word for logs, metrics and status.
	Name() string
	// Serve runs until ctx ends and then closes everything it opened. It returns nil when ctx ended it, and the
	// fault otherwise.
	Serve(ctx context.Context, host Host) error
}

// Configurer is a Frontend that takes settings; the host calls Configure once, before Serve.
type Configurer interface {
	// Configure takes the settings of the frontend's section as JSON. The error names the key at fault.
	Configure(settings []byte) error
}

// Readier is a Frontend that can say what it listens on once it does. Ready may be called at any time.
type Readier interface {
	// Ready is nil once the frontend serves; Where is an address to show people, such as "nats://127.0.0.1:4222".
	Ready() (where string, err error)
}
