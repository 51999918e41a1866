package conform

import (
	"context"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// witness is the core as the program sees it: it remembers what the program does with it, and plays it tricks.
type witness struct {
	sdk.Host

	mu      sync.Mutex // guards what follows
	open    map[*seen]struct{}
	opened  int           // sessions, ever
	follows []int64       // where each feed began, in the order of their beginnings
	given   int64         // zxid of the last transaction that was given
	slow    time.Duration // before each answer, which then come one at a time
	floor   int64         // a Follow from before is refused, as if what came then were no longer kept
	held    chan struct{} // Follow waits until it is closed; nil for no wait
}

func newWitness(host sdk.Host) *witness {
	return &witness{Host: host, open: make(map[*seen]struct{})}
}

// seen is a session or a feed of the program, which can be ended under it.
type seen struct {
	witness *witness
	session sdk.Session
	feed    sdk.Feed
	cut     context.Context
	end     context.CancelCauseFunc
}

func (w *witness) enter(session sdk.Session, feed sdk.Feed) *seen {
	s := &seen{witness: w, session: session, feed: feed}
	s.cut, s.end = context.WithCancelCause(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[s] = struct{}{}
	if session != nil {
		w.opened++
	}
	return s
}

func (w *witness) leave(s *seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, s)
}

// count tells how many sessions and feeds are open.
func (w *witness) count() (sessions, feeds int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.open {
		if s.session != nil {
			sessions++
		} else {
			feeds++
		}
	}
	return sessions, feeds
}

func (w *witness) sessions() int { n, _ := w.count(); return n }
func (w *witness) feeds() int    { _, n := w.count(); return n }

// cutAll ends everything that is open, as a change of the leader may.
func (w *witness) cutAll(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.open {
		s.end(why)
	}
}

// Open implements sdk.Host.
func (w *witness) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	session, err := w.Host.Open(ctx, login)
	if err != nil {
		return nil, err
	}
	return &seenSession{Session: session, seen: w.enter(session, nil)}, nil
}

// Follow implements sdk.Host.
func (w *witness) Follow(ctx context.Context, want sdk.Following) (sdk.Feed, error) {
	w.mu.Lock()
	w.follows = append(w.follows, want.From)
	held := w.held
	w.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if floor := w.lowest(); want.From < floor {
		return nil, &sdk.CompactedError{Floor: floor}
	}
	feed, err := w.Host.Follow(ctx, want)
	if err != nil {
		return nil, err
	}
	return &seenFeed{seen: w.enter(nil, feed)}, nil
}

// Snapshot implements sdk.Snapshotter, as far as the core does.
func (w *witness) Snapshot(ctx context.Context, path string) (sdk.Snapshot, error) {
	if host, ok := w.Host.(sdk.Snapshotter); ok {
		return host.Snapshot(ctx, path)
	}
	return nil, sdk.CodeUnimplemented
}

// followed are the places that feeds began at since there were so many.
func (w *witness) followed(since int) []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]int64(nil), w.follows[since:]...)
}

// last is the zxid of the last transaction that the program was given.
func (w *witness) last() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.given
}

func (w *witness) slowDown(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slow = by
}

func (w *witness) pause() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slow
}

// hold makes whoever wants to follow wait for compact.
func (w *witness) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = make(chan struct{})
}

// compact refuses those who follow from before floor, from now on.
func (w *witness) compact(floor int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.held)
	w.floor, w.held = floor, nil
}

func (w *witness) lowest() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.floor
}

// seenSession is a session of the program.
type seenSession struct {
	sdk.Session
	seen *seen
}

// Next implements sdk.Session.
func (s *seenSession) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	if pause := s.seen.witness.pause(); pause > 0 {
		dst = dst[:1]
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	ctx, done := s.seen.bounded(ctx)
	defer done()
	n, err := s.Session.Next(ctx, dst)
	return n, s.seen.because(err)
}

// Close implements sdk.Session.
func (s *seenSession) Close() error {
	s.seen.witness.leave(s.seen)
	return s.Session.Close()
}

// seenFeed is a feed of the program.
type seenFeed struct{ seen *seen }

// Next implements sdk.Feed.
func (f *seenFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	ctx, done := f.seen.bounded(ctx)
	defer done()
	n, err := f.seen.feed.Next(ctx, dst)
	if n > 0 {
		w := f.seen.witness
		w.mu.Lock()
		w.given = max(w.given, dst[n-1].Zxid)
		w.mu.Unlock()
	}
	return n, f.seen.because(err)
}

// Close implements sdk.Feed.
func (f *seenFeed) Close() error {
	f.seen.witness.leave(f.seen)
	return f.seen.feed.Close()
}

// bounded ends a call when what it belongs to is cut.
func (s *seen) bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(s.cut, cancel)
	return ctx, func() { forget(); cancel() }
}

// because prefers why it was cut to what came of that.
func (s *seen) because(err error) error {
	if err != nil && s.cut.Err() != nil {
		return context.Cause(s.cut)
	}
	return err
}
