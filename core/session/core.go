package session

import (
	"context"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Core is what a served session asks of its node.
type Core interface {
	// RLock holds the node's state still: nothing is applied until RUnlock. "Holding the state" below means this, or
	// being called from Apply.
	RLock()
	RUnlock()
	// Zxid is the last one applied. The caller holds the state.
	Zxid() int64
	// Read answers a read of the tree, multiRead and getEphemerals included, and registers the watch it asks for. The
	// caller holds the state.
	Read(s *Served, who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code)
	// Weigh says how many bytes of data, and how many names, the answer to a read would hold by now. The caller holds the
	// state.
	Weigh(op *sdk.Op) (data, names int)
	// Prepare has what a read of children needs at hand, so that Read takes no time to speak of. It may take a while, and
	// is called without any lock.
	Prepare(who []sdk.Identity, op *sdk.Op)
	// Watch does addWatch, checkWatches and removeWatches. The caller holds the state.
	Watch(s *Served, op *sdk.Op) sdk.Code
	// CatchUp prepares to take up the watches of a client that comes back. It may take a while, until ctx or the service of
	// s ends, and is called without any lock. What it gives is called in the client's turn by who holds the state: it tells
	// what the client has missed, and watches the rest. The watches belong to the node from then on.
	CatchUp(ctx context.Context, s *Served, who []sdk.Identity, w *sdk.Watches) func(tell func(*sdk.Event))
	// Unsettled reports whether op is judged beside the connection, once the session's earlier writes have been
	// applied: its verdict rests on the state, or takes long.
	Unsettled(op *sdk.Op) bool
	// Judge runs the validators on a write. It may take a while and is called without any lock.
	Judge(ctx context.Context, session int64, who []sdk.Identity, op *sdk.Op) Verdict
	// Go runs f on a goroutine of its own, which the node waits for when it is closed. f ends soon after the session.
	Go(f func())
	// Propose hands a record to the log, after all that were handed over before. It does not wait: when there is no room it
	// has not taken the record, and gives what is closed when it may be tried again.
	Propose(record []byte) (room <-chan struct{}, err error)
	// Super reports whether an identity is one of those that may do everything. It never changes its mind.
	Super(identity sdk.Identity) bool
	// Leave forgets s and its watches. The caller holds the state.
	Leave(s *Served)
}

// Verdict is what the validators say of a write.
type Verdict struct {
	Rules   int64          // version of the rules it was judged by
	Guards  []txn.Guard    // what was read of the state: an admission counts only while they hold
	Refusal *sdk.Rejection // nil: it is admitted
	Last    *sdk.Message   // the answer, instead of admission, when the session's service here ends with it
}
