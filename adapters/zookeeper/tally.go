package zookeeper

import (
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// tally sums up packets and how long requests took: from when they were read off the socket until their reply was
// encoded.
type tally struct {
	received, sent int64 // packets; an event is one
	replies        int64
	took           time.Duration // all of them together
	least, most    time.Duration
}

func (t *tally) reply(took time.Duration) {
	if t.replies == 0 || took < t.least {
		t.least = took
	}
	t.replies++
	t.took += took
	t.most = max(t.most, took)
}

// add takes in what another has counted.
func (t *tally) add(other *tally) {
	if other.replies > 0 && (t.replies == 0 || other.least < t.least) {
		t.least = other.least
	}
	t.received += other.received
	t.sent += other.sent
	t.replies += other.replies
	t.took += other.took
	t.most = max(t.most, other.most)
}

// mean is in milliseconds.
func (t *tally) mean() float64 {
	if t.replies == 0 {
		return 0
	}
	return float64(t.took.Microseconds()) / float64(t.replies) / 1000
}

// longest is in milliseconds, rounded up, so that it is never less than the mean.
func (t *tally) longest() int64 { return (t.most + time.Millisecond - 1).Milliseconds() }

// record is what can be told of one connection. The connection's reader and outlet write it, once a batch; whoever
// answers a four-letter word reads it.
type record struct {
	since time.Time // of the connection

	mu      sync.Mutex      // guards all below; nothing else is locked with it held
	session sdk.SessionInfo // zero before the handshake
	waiting int64           // requests that are not answered
	own     tally           // since crst
	all     tally           // since srst
	last    reply
}

// reply is the last one a connection was sent.
type reply struct {
	op   sdk.OpKind
	xid  int32
	zxid int64
	at   time.Time
	took time.Duration
}

func (r *record) open(info sdk.SessionInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = info
}

// info is the session, zero before the handshake.
func (r *record) info() sdk.SessionInfo {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.session
}

// arrived counts requests.
func (r *record) arrived(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting += int64(n)
	r.own.received += int64(n)
	r.all.received += int64(n)
}

// left counts replies and events, and returns how long the last of the replies took, if there is one.
func (r *record) left(messages []sdk.Message) (took time.Duration, replied bool) {
	now := time.Now()
	clock := r.clock(now)
	batch := tally{sent: int64(len(messages))}
	var last *sdk.Message
	for i := range messages {
		if m := &messages[i]; m.Event == nil {
			last, took = m, since(m.Cookie, clock)
			batch.reply(took)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting -= batch.replies
	r.own.add(&batch)
	r.all.add(&batch)
	if last != nil {
		r.last = reply{op: last.Kind, xid: int32(uint32(last.Cookie)), zxid: last.Zxid, at: now, took: took}
	}
	return took, last != nil
}

// unanswered is how many requests wait for their replies.
func (r *record) unanswered() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.waiting) // a reply may be counted before its request is
}

// forget sets back what the connection did, or what it did for the server.
func (r *record) forget(own bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if own {
		r.own, r.last = tally{}, reply{}
	} else {
		r.all = tally{}
	}
}

// sumUp adds what the connection did since srst.
func (r *record) sumUp(into *tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	into.add(&r.all)
}

// clock is the time as cookies hold it.
func (r *record) clock(now time.Time) uint64 { return uint64(now.Sub(r.since).Microseconds()) }
