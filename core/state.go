package core

import (
	"sync"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/history"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/watch"
)

// state is everything that Apply changes: what is replicated, and beside it what only this node knows of its own
// clients, for the two must change together.
type state struct {
	mu sync.RWMutex // guards all below; what readers change too, also by Node.watchMu

	// replicated: the same on every node that has applied the same entries
	tree     *tree.Tree
	sessions *session.Table
	history  history.Keeper
	feed     *feed.Window
	roster   *roster.Roster
	zxid     int64 // of the last transaction
	time     int64 // of the last entry; never goes back
	rules    int64 // version of the rules: the zxid of the last change below /grove/validators

	// of this node
	served map[int64]*session.Served
	watch  *watch.Table
	byID   map[watch.ID]*session.Served
	lastID watch.ID

	readers map[*session.Served]struct{} // sessions that only read, which no other node knows
	shown   map[*subtree]struct{}        // snapshots that are open

	moved chan struct{} // closed and made anew when the feed has grown and someone waits
	eager bool          // someone waits on moved

	sweeping sweeping // how far the leader's sweep has come; not guarded by mu

	effects []tree.Effect // reused by Apply, empty between transactions
	wrote   []int64       // likewise: on the leader, the sessions whose writes a batch applied
}

func newState(limits feed.Limits) state {
	return state{
		tree: tree.New(), sessions: session.NewTable(), feed: feed.New(limits), roster: new(roster.Roster),
		served: make(map[int64]*session.Served), watch: watch.New(), byID: make(map[watch.ID]*session.Served),
		readers: make(map[*session.Served]struct{}), shown: make(map[*subtree]struct{}), moved: make(chan struct{}),
		sweeping: sweeping{more: make(chan struct{}, 1)},
	}
}
