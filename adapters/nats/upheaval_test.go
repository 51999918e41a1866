package nats

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// door is closed now and then: whoever publishes waits before it, with a message in his hands.
type door struct {
	mu   sync.Mutex // guards shut
	shut chan struct{}
}

func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut == nil {
		d.shut = make(chan struct{})
	}
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut != nil {
		close(d.shut)
		d.shut = nil
	}
}

func (d *door) pass() {
	d.mu.Lock()
	shut := d.shut
	d.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// paused publishes through a door.
type paused struct {
	asyncPublisher
	door *door
}

func (p paused) PublishMsgAsync(msg *nats.Msg, options ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	p.door.pass()
	return p.asyncPublisher.PublishMsgAsync(msg, options...)
}

// upheaval is a cluster that is written to, two adapters at two of its nodes that compete for one stream, and everything
// that goes wrong with them. What the fence would let through, message ids must not catch: they are stripped.
type upheaval struct {
	t        *testing.T
	cluster  *ensemble
	server   *testServer
	js       jetstream.JetStream
	strip    []string
	doors    [2]door
	adapters [2]*adapter
	count    map[string]int
}

func (u *upheaval) start(i int) {
	f := configured(u.t, map[string]any{"url": u.server.url(), "elect": false, "service": ""})
	f.plant = func(p asyncPublisher) asyncPublisher { return paused{stripping{p, u.strip}, &u.doors[i]} }
	u.adapters[i] = run(u.t, f, u.cluster.host(i))
}

// strike does one of the things that go wrong.
func (u *upheaval) strike(round int) {
	i := round / 5 % 2
	switch round % 5 {
	case 0:
		u.count["restarts of NATS"]++
		u.server.stop()
		u.server.start()
	case 1:
		u.count["restarts of adapters"]++
		u.adapters[i].stop(u.t)
		u.start(i)
	case 2:
		u.count["restarts of leaders"]++
		u.cluster.restart(u.cluster.leader())
	case 3:
		u.count["pauses"]++
		u.doors[i].close()
	case 4:
		u.doors[0].open()
		u.doors[1].open()
	}
}

// run writes until the tree has gone through so many changes, with so many strikes on the way, and returns what the stream
// has then, and what it should have.
func (u *upheaval) run(changes, strikes int) (got, want []string) {
	ctx, cancel := context.WithCancel(u.t.Context())
	var scribes sync.WaitGroup
	var done atomic.Int64
	(&scribe{ensemble: u.cluster, changes: &done}).do(ctx, sdk.Op{Kind: sdk.OpCreate, Path: "/c", ACL: sdk.OpenACL()})
	for i := range 4 {
		scribes.Go(func() { (&scribe{ensemble: u.cluster, name: fmt.Sprint(i), changes: &done}).write(ctx) })
	}
	u.start(0)
	u.start(1)
	for round := range strikes {
		until(u.t, "the writers come on", func() bool { return int(done.Load()) >= changes*(round+1)/(strikes+1) })
		u.strike(round)
	}
	until(u.t, "the writers come to their end", func() bool { return int(done.Load()) >= changes })
	cancel()
	scribes.Wait()
	u.doors[0].open()
	u.doors[1].open()
	until(u.t, "all is stored, of feeds that are equal", func() bool {
		want = u.wants() // what was on its way to the leader may come late
		return want != nil && stored(u.js) >= uint64(len(want))
	})
	for _, a := range u.adapters {
		a.stop(u.t)
	}
	return contents(u.t, u.js), want
}

// wants is what the feeds of all nodes tell alike, or nil.
func (u *upheaval) wants() []string {
	want := wantsOf(u.t, u.cluster.host(0))
	for i := range u.cluster.nodes {
		if !slices.Equal(wantsOf(u.t, u.cluster.host(i)), want) {
			return nil
		}
	}
	return want
}

// wantsOf is the messages that the feed of a node makes, as digest lists them.
func wantsOf(t *testing.T, host sdk.Host) (list []string) {
	status, err := host.Status(t.Context())
	if err != nil {
		return nil
	}
	feed, err := host.Follow(t.Context(), sdk.Following{})
	if err != nil {
		return nil
	}
	defer feed.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	txns := make([]sdk.Transaction, 1000)
	for at := int64(0); at < status.Zxid; {
		n, err := feed.Next(ended, txns)
		for _, txn := range txns[:n] {
			for i, c := range txn.Changes {
				list = append(list, fmt.Sprintf("%d %d/%d %s %s %q", txn.Zxid, i, len(txn.Changes), Subject("grove", c.Kind.String(), c.Path), c.Kind, c.Data))
			}
			at = txn.Zxid
		}
		if err != nil {
			break // there is no more
		}
	}
	return list
}

func newUpheaval(t *testing.T, strip ...string) *upheaval {
	server := newServer(t)
	return &upheaval{t: t, cluster: openEnsemble(t), server: server, js: server.js(), strip: strip, count: map[string]int{}}
}

// TestEveryChangeOnceThroughUpheaval: whatever happens to NATS, to the adapters and to the leader, the stream holds every
// change once, in order, none missing.
func TestEveryChangeOnceThroughUpheaval(t *testing.T) {
	u := newUpheaval(t, headerID, headerLastID)
	got, want := u.run(30_000, 30)
	t.Logf("%d changes, %d messages, %v", len(want), len(got), u.count)
	if err := compare(got, want); err != nil {
		t.Error(err)
	}
}

// TestUpheavalFindsAMissingFence: the same without what a message expects goes wrong sooner or later, and is seen to.
func TestUpheavalFindsAMissingFence(t *testing.T) {
	for range 20 {
		u := newUpheaval(t, headerID, headerLastID, headerLast)
		got, want := u.run(2_000, 10)
		err := compare(got, want)
		t.Logf("%d changes, %d messages: %v", len(want), len(got), err)
		if err != nil {
			return
		}
	}
	t.Error("the fence was taken away, and nothing was found wrong")
}
