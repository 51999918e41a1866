package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// log is what a node needs of a replicated log.
type log interface {
	Propose(record []byte) error
	Room() <-chan struct{}
	ProposeIn(term uint64, record []byte) error
	AddObserver(ctx context.Context, m replica.Member, after uint64) (now uint64, err error)
	Promote(ctx context.Context, id string, after uint64) (now uint64, err error)
	Remove(ctx context.Context, id string, after uint64) (now uint64, err error)
	Report(data []byte) bool
	Status() replica.Status
	Low() bool
	Close() error
}

var (
	_ sdk.Host        = (*Node)(nil)
	_ session.Core    = home{}
	_ admit.Nodes     = nodes{}
	_ replica.Machine = machine{}
)

// The node as its rooms see it: each of these is the node with the methods that one of them calls.
type (
	machine struct{ *Node } // to the log
	home    struct{ *Node } // to the sessions it serves
	nodes   struct{ *Node } // to the door
)

// Node is one member of a Grove cluster. It implements sdk.Host.
type Node struct {
	cfg  Config
	dir  *dataDir
	door *admit.Door
	log  log // set once, before the node serves

	state
	watchMu sync.Mutex // guards watch, byID, served, readers and eager of the state among holders of its read lock

	reshaping sync.Mutex // held while this node changes the members
	listing   sync.Mutex // held while a long list of children is prepared; taken before the state

	tracker *session.Tracker
	leads   atomic.Uint64             // the term in which this node leads, 0 while it does not
	led     atomic.Uint64             // the term in which somebody leads this node, itself included; 0: nobody does
	since   atomic.Pointer[time.Time] // when it lost its leader, or was opened
	parting atomic.Int64              // session that is kept though nobody leads; 0: none. See parting.go
	serving atomic.Pointer[error]     // nil while serving, else why not
	counts  counts

	waitMu  sync.Mutex // guards the two below
	waiting map[uint64]waiter
	request uint64 // number of the last one; begins with the clock, for the log may hold those of an earlier run

	nudged  chan struct{}      // of capacity one: keepTime has something to announce
	stop    context.CancelFunc // ends keepTime
	keeping sync.WaitGroup     // keepTime
	judging sync.WaitGroup     // what sessions have judged beside their connections; none begins once all are ended
}

// Open opens a node: its folder, its log, and the state that the log and the last snapshot give. The node serves as
// soon as its cluster has a leader.
func Open(cfg Config) (*Node, error) {
	if err := cfg.applyDefaultsAndValidate(); err != nil {
		return nil, err
	}
	dir, err := openDataDir(cfg.Dir, cfg.ID)
	if err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, dir: dir, state: newState(cfg.Feed), tracker: session.NewTracker(),
		waiting: make(map[uint64]waiter), request: uint64(time.Now().UnixNano()),
		nudged: make(chan struct{}, 1),
	}
	n.abandoned()
	n.refuse(errors.New("starting: nobody leads the cluster yet"))
	n.door = admit.New(admit.Config{Engine: cfg.Engine, Nodes: nodes{n}, Logger: cfg.Logger.With("room", "admit")})
	opened, err := replica.Open(replica.Config{
		ID: cfg.ID, Listen: cfg.Peer, Listener: cfg.PeerListener, Dir: cfg.Dir, TLS: cfg.PeerTLS,
		Members: cfg.Members, Join: cfg.Join, Observer: cfg.Observer, GiveUp: cfg.GiveUp,
		LowSpace:          cfg.MinFree,
		SnapshotThreshold: cfg.SnapshotEntries, SnapshotInterval: cfg.SnapshotInterval, TrailingLogs: cfg.SnapshotTrailing,
		SegmentSize: cfg.SegmentSize, Disk: cfg.Disk, Now: cfg.Now,
		Logger: cfg.Logger.With("room", "replica"),
	}, machine{n})
	if err != nil {
		n.door.Close()
		return nil, errors.Join(fmt.Errorf("open node %s: %w", cfg.ID, err), dir.close())
	}
	n.start(opened)
	return n, nil
}

// start gives the node its log and begins to keep time.
func (n *Node) start(l log) {
	n.log = l
	ctx, cancel := context.WithCancel(context.Background())
	n.stop = cancel
	n.keeping.Go(func() { n.keepTime(ctx) })
}

// Close ends every session's service here and closes the log; on a leader, leadership is handed over first.
func (n *Node) Close() error {
	n.serving.Store(&errStopping)
	n.stop()
	n.keeping.Wait()
	err := n.log.Close()
	n.endAll(sdk.ErrSessionClosed)
	n.mu.Lock()
	n.endReaders(sdk.ErrSessionClosed)
	n.mu.Unlock()
	n.judging.Wait()
	n.door.Close()
	return errors.Join(err, n.dir.close())
}

// errStopping is why a node that is being closed does not serve. It stays: what the log still tells of leaders changes
// nothing.
var errStopping = errors.New("stopping")

// refuse stops serving: no session is opened until serving is resumed.
func (n *Node) refuse(why error) { n.become(&why) }

// resumeServing serves from now on. Who was only reading is let go, to come back as a session. The state is held.
func (n *Node) resumeServing() {
	n.become(nil)
	n.endReaders(errServesAgain)
}

// become notes why the node does not serve, nil when it does, unless it is being closed.
func (n *Node) become(why *error) {
	for old := n.serving.Load(); old != &errStopping && !n.serving.CompareAndSwap(old, why); {
		old = n.serving.Load()
	}
}

// endReaders ends the sessions that only read. The state is held.
func (n *Node) endReaders(why error) {
	for reader := range n.readers {
		reader.End(why)
	}
}

// notServing is nil while the node serves, and otherwise sdk.ErrNotServing with the reason.
func (n *Node) notServing() error {
	if why := n.serving.Load(); why != nil {
		return fmt.Errorf("%w: %w", sdk.ErrNotServing, *why)
	}
	return nil
}

// Get implements admit.Nodes: a node, whoever asks.
func (n nodes) Get(path string) sdk.Node {
	n.mu.RLock()
	defer n.mu.RUnlock()
	data, _, stat, ok := n.tree.Get(path)
	return sdk.Node{Present: ok, Stat: stat, Data: data}
}

// Children implements admit.Nodes: names below a node, whoever asks.
func (n nodes) Children(path string) ([]string, int64) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	stat, _ := n.tree.Stat(path)
	return n.tree.Children(path), stat.Pzxid
}

// Allowed implements admit.Nodes.
func (n nodes) Allowed(who []sdk.Identity, op *sdk.Op) sdk.Code {
	n.mu.RLock()
	defer n.mu.RUnlock()
	at, perm := op.Path, sdk.PermWrite
	if op.Kind != sdk.OpSetData {
		at, perm = admit.RulesRoot, sdk.PermCreate
	}
	switch _, acl, _, ok := n.tree.Get(at); {
	case !ok:
		return sdk.CodeNoNode
	case !tree.Permits(acl, who, perm):
		return sdk.CodeNoAuth
	}
	return sdk.OK
}

// RLock implements session.Core.
func (n home) RLock() { n.mu.RLock() }

// RUnlock implements session.Core.
func (n home) RUnlock() { n.mu.RUnlock() }

// Go implements session.Core.
func (n home) Go(f func()) { n.judging.Go(f) }

// Propose implements session.Core.
func (n home) Propose(record []byte) (room <-chan struct{}, err error) {
	if err = n.log.Propose(record); errors.Is(err, replica.ErrBusy) {
		return n.log.Room(), nil
	}
	return nil, err
}

// Judge implements session.Core.
func (n home) Judge(ctx context.Context, id int64, who []sdk.Identity, op *sdk.Op) session.Verdict {
	if op.Kind == sdk.OpReconfig {
		return n.reconfigure(ctx, id, who, op)
	}
	if n.log.Low() && grows(op) {
		return session.Verdict{Refusal: &sdk.Rejection{Op: -1, Code: sdk.CodeSystemError, Reason: "little space is left on the disk"}}
	}
	v := n.door.Judge(ctx, id, who, op)
	return session.Verdict{Rules: v.Rules, Guards: v.Guards, Refusal: v.Refusal}
}

// grows reports whether a write takes room for good. Deletes do not, and they are what helps.
func grows(op *sdk.Op) bool {
	switch op.Kind {
	case sdk.OpDelete, sdk.OpSync, sdk.OpCloseSession, sdk.OpCheck:
		return false
	case sdk.OpMulti:
		return slices.ContainsFunc(op.Ops, func(sub sdk.Op) bool { return grows(&sub) })
	}
	return true
}

// Unsettled implements session.Core.
func (n home) Unsettled(op *sdk.Op) bool { return op.Kind == sdk.OpReconfig || n.door.Unsettled(op) }

// Super implements session.Core.
func (n home) Super(identity sdk.Identity) bool { return slices.Contains(n.cfg.Super, identity) }

// Denials lists the last writes that validators refused on this node, oldest first.
func (n *Node) Denials() []sdk.Denial { return n.door.Denials() }

// Rules lists the rules in force and how they do on this node.
func (n *Node) Rules() []admit.RuleStatus { return n.door.Rules() }
