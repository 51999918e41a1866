package txn

import "github.com/grove-coordination/grove/sdk"

// Kind says what a transaction is for. The numbers are only appended to: they are in the log.
type Kind uint8

// The kinds of transaction.
const (
	Open     Kind = 1 + iota // make a session; its id is made when the record is applied
	Resume                   // take up a session that exists
	Write                    // one write of a session: create to multi, sync, closeSession
	Expire                   // the leader ends a session whose time-out has passed
	Sweep                    // the leader removes a container or a node with a time to live whose end has come
	Announce                 // a node tells where it listens for clients
	Discard                  // the leader removes a node that nobody needs under the rules there are
)

// String is the kind in one word, for logs.
func (k Kind) String() string {
	switch k {
	case Open:
		return "open"
	case Resume:
		return "resume"
	case Write:
		return "write"
	case Expire:
		return "expire"
	case Sweep:
		return "sweep"
	case Announce:
		return "announce"
	case Discard:
		return "discard"
	}
	return "unknown"
}

// Txn is one transaction. Which fields count depends on Kind; the others are neither written nor read.
type Txn struct {
	Kind   Kind
	Origin string // id of the node that waits for the outcome; of an Announce, the node it is about

	Request  uint64 // Open, Resume: number of the request at its origin
	Timeout  int64  // Open, Resume: agreed time-out of the session in milliseconds
	Password []byte // Open: the new secret; Resume: the one the client gave

	Session    int64          // Resume, Write, Expire
	Epoch      uint32         // Write, Expire: how often the session had been resumed when the record was made
	Seq        uint64         // Write: place among the writes of the session in this epoch; there are no holes
	Rules      int64          // Write: version of the rules the write was judged by; Discard: for which nobody needs it
	Identities []sdk.Identity // Write: who writes
	Guards     []Guard        // Write: what the verdict has read; Discard: what must still be so
	Clients    string         // Announce: host:port
	Op         sdk.Op         // Write; of a Sweep and a Discard only the path, which is the node's
}

// GuardKind says what must still hold. The numbers are only appended to: they are in the log.
type GuardKind uint8

// The kinds of guard.
const (
	GuardNode     GuardKind = 1 + iota // the node is there and its mzxid is Zxid
	GuardAbsent                        // the node is not there
	GuardChildren                      // the node is there and its pzxid is Zxid
)

// Guard is one thing that a verdict on a write rests on. It is compared when the write is applied: when it no longer
// holds the write must be judged again.
type Guard struct {
	Kind GuardKind
	Path string
	Zxid int64 // not of GuardAbsent
}

// Carries reports whether a Write can hold op: a kind that goes through the log and, in a multi, only kinds a multi may
// have. Ask it before Append of any op that comes from a stranger.
func Carries(op *sdk.Op) bool {
	if op.Kind == sdk.OpReconfig && op.Members == nil {
		return false
	}
	if op.Kind != sdk.OpMulti {
		return layoutOf(op.Kind) != 0 && op.Kind != sdk.OpCheck
	}
	for i := range op.Ops {
		if !op.Ops[i].Kind.InMulti() {
			return false
		}
	}
	return true
}
