package sdk

import (
	"context"
	"errors"
	"fmt"
)

// Host is what the core offers to frontends. All of it may be called at any time by many goroutines.
type Host interface {
	// Open makes or resumes a session. It is replicated before Open returns. Errors: ErrNoSession, ErrAhead,
	// ErrNotServing, or what ctx says.
	Open(ctx context.Context, login Login) (Session, error)

	// Follow gives the committed transactions after from (a zxid; 0 for all there ever were), in order, none
	// missing. When some of them are no longer kept the error is a *CompactedError.
	Follow(ctx context.Context, from int64) (Feed, error)

	// Status tells how this node is.
	Status(ctx context.Context) (Status, error)
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
	return fmt.Sprintf("%v: the feed begins after zxid %#x", ErrCompacted, e.Floor)
}

// Is makes errors.Is(err, ErrCompacted) true.
func (e *CompactedError) Is(target error) bool { return target == ErrCompacted }

// Role is what a node is in its cluster.
type Role string

// The roles. A node without a leader is a candidate or a follower, and is not serving.
const (
	RoleLeader    Role = "leader"
	RoleFollower  Role = "follower"
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
	Nodes    int64
	Sessions int64 // in the whole cluster
	Watches  int64 // on this node
	Serving  bool
	Why      string
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
