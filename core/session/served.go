package session

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk"
)

const (
	// DefaultWindow is a good number of operations of one session that may be unanswered before Submit waits.
	DefaultWindow = 1024
	// MaxWindow is the largest such number: what is left of the outbox is for events.
	MaxWindow = maxOutbox / 4
	// maxBytes is how much a session may hold, in operations that wait and in the outbox, before Submit waits. One more
	// operation may be as large as it likes.
	maxBytes = 8 << 20
	// maxOutbox is how many messages may wait for a client before it is given up as too slow. Replies are bounded by
	// the window; what can pile up are events.
	maxOutbox = 1 << 16
)

var (
	_ sdk.Session = (*Served)(nil)
	_ sdk.Poller  = (*Served)(nil)
)

// Served is one session as this node serves it, in one epoch. It implements sdk.Session and sdk.Poller.
type Served struct {
	core  Core
	info  sdk.SessionInfo
	epoch uint32
	watch uint64 // who it is in the watch table

	window int         // how many operations may be unanswered before Submit waits
	heard  atomic.Bool // something was submitted since Heard was last asked
	owed   atomic.Bool // Submit waits, and not for the client: Heard reports it as heard
	full   atomic.Bool // it watches more than it may

	wake chan struct{} // signalled: the outbox has something; closed by end, with mu held
	room chan struct{} // signalled: something was taken, an operation waits no more, or the session has ended

	mu         sync.Mutex // guards all below; taken after the node's state
	who        []sdk.Identity
	waiting    queue
	unanswered int // submitted and not yet taken out of the outbox
	outbox     outbox
	quiet      bool   // the frontend polls after it has submitted: do not wake it for what Submit itself answers
	judging    bool   // a goroutine judges the waiting writes anew
	turn       uint64 // number of the write that Apply takes next
	err        error  // why it has ended

	life context.Context    // see lifetime; nil while nobody has asked for it
	over context.CancelFunc // ends life
}

// NewServed begins to serve a session in one epoch. watch is its number in the node's watch table, used by no
// other; Submit waits while window operations are unanswered. It is called from Apply.
func NewServed(core Core, info sdk.SessionInfo, epoch uint32, watch uint64, window int, who []sdk.Identity) *Served {
	return &Served{
		core: core, info: info, epoch: epoch, watch: watch, window: window, who: who,
		wake: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

// Info is what the client was told of its session.
func (s *Served) Info() sdk.SessionInfo { return s.info }

// Epoch is the epoch that is served.
func (s *Served) Epoch() uint32 { return s.epoch }

// Watch is the session's number in the watch table.
func (s *Served) Watch() uint64 { return s.watch }

// Identities are what the connection has proved to be; the list must not be changed.
func (s *Served) Identities() []sdk.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.who
}

// WatchesTooMuch says that a watch could not be registered; the session's service ends instead of its reply. It may be
// called with whatever lock held.
func (s *Served) WatchesTooMuch() { s.full.Store(true) }

// Heard reports whether anything was submitted since it was last asked, or is being submitted and waits for this node: for
// room in the log, or for a write of the session that is open. Nobody can hear what the client sends behind that.
func (s *Served) Heard() bool { return s.heard.Load() && s.heard.Swap(false) || s.owed.Load() }

// HearAgain has Heard report true once more: what it said did not reach the leader.
func (s *Served) HearAgain() { s.heard.Store(true) }

// Submit implements sdk.Session.
func (s *Served) Submit(ctx context.Context, cookie uint64, op *sdk.Op) error {
	if err := s.await(ctx, op); err != nil {
		return err
	}
	s.heard.Store(true)
	if op.Kind.Writes() {
		return s.submitWrite(ctx, cookie, op)
	}
	return s.submitRead(ctx, cookie, op)
}

// roomFor reports whether the session may take one more operation. mu is held.
func (s *Served) roomFor(op *sdk.Op) bool {
	return s.unanswered < s.window && s.waiting.weight+s.outbox.bytes < maxBytes && s.outbox.len() < maxOutbox/2 &&
		(s.waiting.empty() || !heavy(op.Kind))
}

// owes reports whether a write of the session is open, and no pile of answers or events that the client has not taken is in
// the way: then Submit waits for this node, and not for the client. mu is held.
func (s *Served) owes() bool {
	return !s.waiting.empty() && s.outbox.bytes < maxBytes && s.outbox.len() < maxOutbox/2
}

// await waits until there is room for op.
func (s *Served) await(ctx context.Context, op *sdk.Op) error {
	err, ok := s.look(op)
	if ok {
		return err
	}
	defer s.owed.Store(false)
	for !ok {
		select {
		case <-s.room:
			err, ok = s.look(op)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// look asks whether there is room, or the session has ended; when neither, a quiet frontend is woken to take what is there.
func (s *Served) look(op *sdk.Op) (error, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.roomFor(op) {
		return s.err, true
	}
	s.owed.Store(s.owes())
	s.rouse()
	return nil, false
}

// rouse wakes whoever waits for the outbox. mu is held.
func (s *Served) rouse() {
	if s.err == nil {
		signal(s.wake)
	}
}

// signal leaves a mark on a channel of capacity one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
