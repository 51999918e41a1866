package session

import (
	"container/heap"
	"sync"
	"time"
)

// Due is a session that was not heard of for its time-out, in the epoch it was tracked in.
type Due struct {
	Session int64
	Epoch   uint32
}

// Tracker is the leader's view of time: it says which sessions were not heard of for their whole time-out. Only the
// leader's is asked; a new leader starts with every session's full time-out ahead.
//
// Hearing of a session is one map write. Its place in the heap is corrected only when its old deadline comes up,
// once per time-out however often it was heard of.
type Tracker struct {
	mu        sync.Mutex // guards all below
	deadlines map[int64]*deadline
	heap      deadlineHeap
}

type deadline struct {
	Due
	timeout time.Duration
	heard   time.Time
	due     time.Time // place in the heap; never later than heard+timeout
	gone    bool      // forgotten; leaves the heap when it comes up
}

// NewTracker makes a tracker that knows no session.
func NewTracker() *Tracker { return &Tracker{deadlines: make(map[int64]*deadline)} }

// Track begins to watch over a session, or begins anew in another epoch or with another time-out.
func (t *Tracker) Track(session Due, timeout time.Duration, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.deadlines[session.Session]; old != nil {
		old.gone = true
	}
	d := &deadline{Due: session, timeout: timeout, heard: now, due: now.Add(timeout)}
	t.deadlines[session.Session] = d
	heap.Push(&t.heap, d)
}

// Heard renews sessions; those it does not know it leaves alone.
func (t *Tracker) Heard(sessions []int64, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range sessions {
		if d := t.deadlines[id]; d != nil {
			d.heard = now
		}
	}
}

// Forget stops watching over a session.
func (t *Tracker) Forget(session int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.deadlines[session]; d != nil {
		d.gone = true
		delete(t.deadlines, session)
	}
}

// Expired takes out the sessions whose time-out has passed.
func (t *Tracker) Expired(now time.Time) []Due {
	t.mu.Lock()
	defer t.mu.Unlock()
	var expired []Due
	for len(t.heap) > 0 && !t.heap[0].due.After(now) {
		d := t.heap[0]
		if due := d.heard.Add(d.timeout); !d.gone && due.After(now) {
			d.due = due
			heap.Fix(&t.heap, 0)
			continue
		}
		heap.Pop(&t.heap)
		if !d.gone {
			delete(t.deadlines, d.Session)
			expired = append(expired, d.Due)
		}
	}
	return expired
}

// Shift puts every deadline off: for that long nobody listened.
func (t *Tracker) Shift(by time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.deadlines {
		d.heard = d.heard.Add(by)
	}
}

// Reset forgets every session.
func (t *Tracker) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deadlines, t.heap = make(map[int64]*deadline), nil
}

// deadlineHeap orders deadlines by due, then by session, so that equal ones come up in a fixed order.
type deadlineHeap []*deadline

func (h deadlineHeap) Len() int { return len(h) }
func (h deadlineHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].Session < h[j].Session
	}
	return h[i].due.Before(h[j].due)
}
func (h deadlineHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *deadlineHeap) Push(x any) { *h = append(*h, x.(*deadline)) }

// Pop is for container/heap.
func (h *deadlineHeap) Pop() any {
	last := len(*h) - 1
	d := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return d
}
