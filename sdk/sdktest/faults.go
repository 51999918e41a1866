package sdktest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Faults is a host that works like the one it stands before, until it is told to go wrong: for tests of frontends, which
// meet in minutes what life brings in years. All of it may be called at any time by many goroutines.
type Faults struct {
	host sdk.Host

	mu     sync.Mutex // guards what follows
	open   map[*cuttable]bool
	counts Counts
	delay  time.Duration // before what Next gives
	held   chan struct{} // what Next and Follow wait for, nil for nothing
	floor  int64         // what a Follow must not be from before
	refuse error         // what every request gets
}

// Counts are what a frontend has done to a host.
type Counts struct {
	Sessions, Feeds  int     // open now
	Opened, Followed int     // ever
	From             []int64 // where each feed was asked to begin
	Given            int64   // zxid of the last transaction that any feed has given
}

var (
	_ sdk.Host        = (*Faults)(nil)
	_ sdk.Snapshotter = (*Faults)(nil)
)

// NewFaults returns a host in which nothing goes wrong yet.
func NewFaults(host sdk.Host) *Faults {
	return &Faults{host: host, open: make(map[*cuttable]bool)}
}

// Counts tells what the frontend has done so far.
func (f *Faults) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counts
	c.From = append([]int64(nil), c.From...)
	for _, session := range f.open {
		if session {
			c.Sessions++
		} else {
			c.Feeds++
		}
	}
	return c
}

// Drop ends every session and every feed here, as a lost stream does. The sessions live on in the host until their
// time-out, and can be taken up again.
func (f *Faults) Drop() {
	f.cut(fmt.Errorf("dropped by the test: %w: %w", sdk.ErrSessionClosed, sdk.ErrNotServing))
}

// ChangeLeader drops everything and refuses all requests with sdk.ErrNotServing until the returned function is called.
func (f *Faults) ChangeLeader() (elected func()) {
	f.set(func() { f.refuse = sdk.ErrNotServing })
	f.Drop()
	return func() { f.set(func() { f.refuse = nil }) }
}

// Compact ends every feed, and refuses those that are asked to begin before floor: *sdk.CompactedError.
func (f *Faults) Compact(floor int64) {
	f.set(func() { f.floor = max(f.floor, floor) })
	f.mu.Lock()
	defer f.mu.Unlock()
	for c, session := range f.open {
		if !session {
			c.end(&sdk.CompactedError{Floor: floor})
		}
	}
}

// Delay makes replies, events and transactions come late and one at a time, as they do to one that is short of credits.
// Zero ends that.
func (f *Faults) Delay(by time.Duration) { f.set(func() { f.delay = by }) }

// Hold gives nothing more to anybody until the returned function is called, which must be once.
func (f *Faults) Hold() (release func()) {
	held := make(chan struct{})
	f.set(func() { f.held = held })
	return func() {
		f.set(func() { f.held = nil })
		close(held)
	}
}

func (f *Faults) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *Faults) cut(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.open {
		c.end(why)
	}
}

// Open implements sdk.Host.
func (f *Faults) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	if err := f.refused(0); err != nil {
		return nil, err
	}
	session, err := f.host.Open(ctx, login)
	if err != nil {
		return nil, err
	}
	f.set(func() { f.counts.Opened++ })
	return &faultySession{Session: session, cuttable: f.enter(true)}, nil
}

// Follow implements sdk.Host.
func (f *Faults) Follow(ctx context.Context, want sdk.Following) (sdk.Feed, error) {
	f.set(func() { f.counts.Followed++; f.counts.From = append(f.counts.From, want.From) })
	if err := f.wait(ctx, false); err != nil {
		return nil, err
	}
	if err := f.refused(want.From - f.lowest()); err != nil {
		return nil, err
	}
	feed, err := f.host.Follow(ctx, want)
	if err != nil {
		return nil, err
	}
	return &faultyFeed{feed: feed, cuttable: f.enter(false)}, nil
}

// Snapshot implements sdk.Snapshotter, if the host does.
func (f *Faults) Snapshot(ctx context.Context, path string) (sdk.Snapshot, error) {
	if err := f.refused(0); err != nil {
		return nil, err
	}
	if host, ok := f.host.(sdk.Snapshotter); ok {
		return host.Snapshot(ctx, path)
	}
	return nil, fmt.Errorf("snapshot: %w", sdk.CodeUnimplemented)
}

// Status implements sdk.Host.
func (f *Faults) Status(ctx context.Context) (sdk.Status, error) {
	status, err := f.host.Status(ctx)
	if refused := f.refused(0); refused != nil {
		status.Serving, status.Why = false, refused.Error()
	}
	return status, err
}

func (f *Faults) lowest() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.floor
}

// refused says why a request is, above being how far it is above the floor.
func (f *Faults) refused(above int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse == nil && above < 0 {
		return &sdk.CompactedError{Floor: f.floor}
	}
	return f.refuse
}

// wait is the time before something is given.
func (f *Faults) wait(ctx context.Context, delayed bool) error {
	f.mu.Lock()
	held, delay := f.held, f.delay
	f.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if delayed && delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (f *Faults) late() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.delay > 0
}
