package nats

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// moment is a transaction's zxid and its time, milliseconds since the Unix epoch, 0 for unknown.
type moment struct{ zxid, time int64 }

// meter counts what an adapter does, over all its attachments. Any number of goroutines may use it.
type meter struct {
	sent      atomic.Int64 // messages given to NATS
	taken     atomic.Int64 // of these, taken by NATS
	gaps      atomic.Int64
	snapshots atomic.Int64
	skipped   atomic.Int64 // changes that no message can hold
	truncated atomic.Int64
	strays    atomic.Int64  // messages of others, at the end of the stream
	strayed   atomic.Uint64 // sequence of the last one of them
	unnamed   atomic.Int64  // nodes that no key of the bucket can name, as of the last look

	waits atomic.Bool  // for the feed, which has no more
	zxid  atomic.Int64 // of the last message that was taken
	time  atomic.Int64
}

// begin forgets what was under way when the last attachment ended: all of it is answered, or never will be.
func (m *meter) begin() {
	m.waits.Store(false)
	m.sent.Store(m.taken.Load())
}

// took notes that NATS has taken a message of that moment.
func (m *meter) took(at moment) {
	m.zxid.Store(at.zxid)
	if at.time != 0 {
		m.time.Store(at.time)
	}
	m.taken.Add(1)
}

// passed notes that the stream ends with so many messages of others, the last of them with this sequence, and returns how
// many of them are new.
func (m *meter) passed(strays, last uint64) (fresh uint64) {
	if before := m.strayed.Swap(last); before < last && strays > 0 {
		fresh = min(strays, last-before)
	}
	m.strays.Add(int64(fresh))
	return fresh
}

// idle reports whether everything there is to publish is published.
func (m *meter) idle() bool { return m.waits.Load() && m.sent.Load() == m.taken.Load() }

// Metrics is how an adapter is doing, as its service tells it. Counters begin with the process.
type Metrics struct {
	Node      string `json:"node"`             // of Grove, that the adapter follows
	Publishes bool   `json:"publishes"`        // this copy is the active one, and publishes
	Where     string `json:"where"`            // address of NATS, and which copy publishes when it is another
	Why       string `json:"why,omitempty"`    // nothing is published
	Zxid      int64  `json:"zxid"`             // of what this copy published last
	TreeZxid  int64  `json:"tree_zxid"`        // of the last transaction of the tree
	LagZxid   int64  `json:"lag_zxid"`         // from Zxid to the newest change there is to publish; 0 when all is published
	LagMillis int64  `json:"lag_ms"`           // since the time of what was published last; 0 when all is published
	Messages  int64  `json:"messages"`         // that NATS has taken
	Gaps      int64  `json:"gaps"`             // that were told
	Snapshots int64  `json:"snapshots"`        // that were told
	Skipped   int64  `json:"skipped"`          // changes that no message can hold, which was told
	Truncated int64  `json:"truncated"`        // messages with a part of the data
	Strays    int64  `json:"strays"`           // messages of others that it came upon at the end of the stream
	Unnamed   int64  `json:"kv_unnamed"`       // nodes that no key of the bucket can name
	KV        string `json:"kv_why,omitempty"` // the bucket is not up to date
}

// metrics tells how the adapter is doing. It may be called at any time while it is served.
func (f *Frontend) metrics(ctx context.Context, host sdk.Host) Metrics {
	where, why := f.Ready()
	m := &f.meter
	all := Metrics{
		Where: where, Publishes: why == nil && !f.stands.Load(), Zxid: m.zxid.Load(), Messages: m.taken.Load(),
		Gaps: m.gaps.Load(), Snapshots: m.snapshots.Load(), Skipped: m.skipped.Load(), Truncated: m.truncated.Load(),
		Strays: m.strays.Load(), Unnamed: m.unnamed.Load(),
	}
	if why != nil {
		all.Why = why.Error()
	}
	if why := f.mirrored.Load(); why != nil {
		all.KV = (*why).Error()
	}
	idle := m.idle() // before the tree is asked, which goes on
	status, err := host.Status(ctx)
	if err != nil {
		return all
	}
	all.Node, all.TreeZxid = status.NodeID, status.Zxid
	if !idle && !f.stands.Load() {
		all.LagZxid = max(0, status.Last-all.Zxid)
	}
	if at := m.time.Load(); all.LagZxid > 0 && at != 0 {
		all.LagMillis = max(0, time.Now().UnixMilli()-at)
	}
	return all
}
