package plugin

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Usage is what a plugin does. Counts go on over its restarts.
type Usage struct {
	PID       int       `json:"pid,omitempty"` // of the process, 0 while there is none
	Since     time.Time `json:"since,omitzero"`
	Sessions  int64     `json:"sessions"`  // open now
	Feeds     int64     `json:"feeds"`     // open now
	Snapshots int64     `json:"snapshots"` // open now

	Operations   int64 `json:"operations"`   // submitted
	Messages     int64 `json:"messages"`     // replies and events sent to it
	Transactions int64 `json:"transactions"` // of its feeds, sent to it
	Received     int64 `json:"received"`     // bytes of frames
	Sent         int64 `json:"sent"`         // bytes of frames

	// Lag is how long ago the oldest transaction was written that was sent to the plugin and that it has not used yet:
	// zero for a plugin that keeps up.
	Lag time.Duration `json:"lag_ns"`
}

// traffic counts what crosses. All of it may be touched by many goroutines.
type traffic struct {
	sessions, feeds, snapshots         atomic.Int64 // open
	operations, messages, transactions atomic.Int64
	received, sent                     atomic.Int64
}

// Usage tells what the plugin does. It may be called at any time.
func (c *Client) Usage() Usage {
	t := &c.traffic
	u := Usage{
		Sessions: t.sessions.Load(), Feeds: t.feeds.Load(), Snapshots: t.snapshots.Load(),
		Operations: t.operations.Load(), Messages: t.messages.Load(), Transactions: t.transactions.Load(),
		Received: t.received.Load(), Sent: t.sent.Load(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		u.PID, u.Since = c.process.number(), c.since
	}
	if c.border != nil {
		u.Lag = c.border.lag(time.Now())
	}
	return u
}

// unused are the transactions that were sent to one feed of a plugin and that it has not given back the window for.
type unused struct {
	mu     sync.Mutex // guards what follows
	sent   int64      // bytes, since the feed began
	used   int64
	frames []sentFrame // oldest first, at most maxUnused
}

// sentFrame is the end of one frame in all that was sent, and when its first transaction was written.
type sentFrame struct{ end, written int64 }

// maxUnused bounds what is remembered; beyond it, frames count as sent together with the last one.
const maxUnused = 1024

// add remembers a frame of transactions.
func (u *unused) add(cost int, list []sdk.Transaction) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent += int64(cost)
	if last := len(u.frames) - 1; len(u.frames) == maxUnused {
		u.frames[last].end = u.sent
		return
	}
	u.frames = append(u.frames, sentFrame{end: u.sent, written: list[0].Time})
}

// credit forgets what the plugin has used, however it counts.
func (u *unused) credit(bytes int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.used = min(u.used+int64(bytes), u.sent)
	n := 0
	for n < len(u.frames) && u.frames[n].end <= u.used {
		n++
	}
	u.frames = append(u.frames[:0], u.frames[n:]...)
}

// oldest is when the oldest transaction was written that is not used, in milliseconds since the Unix epoch; 0 for none.
func (u *unused) oldest() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, frame := range u.frames {
		if frame.written > 0 { // a progress mark may have no time
			return frame.written
		}
	}
	return 0
}

// lag is that of the slowest feed.
func (b *border) lag(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var most time.Duration
	for _, s := range b.open {
		if written := s.unused.oldest(); written > 0 {
			most = max(most, now.Sub(time.UnixMilli(written)))
		}
	}
	return most
}
