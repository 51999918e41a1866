package core

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// comeBack ends a client's connection and takes its session up again.
func (c *client) comeBack(n *Node) *client {
	info := c.Info()
	_ = c.Close()
	return openClient(c.t, n, sdk.Login{SessionID: info.ID, Password: info.Password[:]})
}

// multi does many operations in few transactions.
func (c *client) multi(count int, op func(i int) sdk.Op) {
	for done := 0; done < count; {
		var ops []sdk.Op
		for ; done < count && len(ops) < 1000; done++ {
			ops = append(ops, op(done))
		}
		c.must(sdk.Op{Kind: sdk.OpMulti, Ops: ops})
	}
}

// TestWhoMissedMuchComesBack: however much a client's watches have missed, it is told what is most of use, the newest, and
// goes on.
func TestWhoMissedMuchComesBack(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	writer := openClient(t, n, sdk.Login{})
	writer.must(create("/often", ""))
	writer.must(create("/many", ""))
	writer.must(create("/once", "")) // before the others: it must not be lost among them
	seen := writer.must(create("/last", "")).Zxid
	once := writer.must(set("/once", "")).Zxid
	writer.multi(70_000, func(int) sdk.Op { return set("/often", "") })
	writer.multi(70_000, func(i int) sdk.Op { return create(fmt.Sprintf("/many/%d", i), "") })
	often := writer.must(set("/often", "")).Zxid
	changed := func(path string, zxid int64) sdk.Event {
		return sdk.Event{Kind: sdk.EventDataChanged, Path: path, Zxid: zxid}
	}
	c := openClient(t, n, sdk.Login{})
	for _, test := range []struct {
		w    sdk.Watches
		must []sdk.Event
	}{
		{sdk.Watches{Persistent: []string{"/often", "/once"}}, []sdk.Event{changed("/once", once), changed("/often", often)}},
		{sdk.Watches{Recursive: []string{"/"}}, []sdk.Event{changed("/often", often)}},
	} {
		c = c.comeBack(n)
		test.w.RelativeZxid = seen
		c.must(sdk.Op{Kind: sdk.OpSetWatches2, Watches: &test.w})
		if len(c.events) >= 1<<15 {
			t.Errorf("%v: %d events", test.w, len(c.events))
		}
		for _, e := range test.must {
			if !slices.Contains(c.events, e) {
				t.Errorf("%v: %+v is not told", test.w, e)
			}
		}
		c.must(set("/last", ""))
	}
	paths := make([]string, 1<<17)
	for i := range paths {
		paths[i] = "/gone"
	}
	c = c.comeBack(n)
	c.must(sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Data: paths}})
	if len(c.events) != len(paths) {
		t.Errorf("%d one-shot watches of what is gone: %d events", len(paths), len(c.events))
	}
	c.must(set("/last", ""))
}

// TestComingBackMissesNothing: a client that comes and goes while others write is told of each write once, between what is
// looked through before its turn, what is added until then, and what is told to those who watch.
func TestComingBackMissesNothing(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	seen := c.must(create("/a", "")).Zxid
	first, done := seen, make(chan struct{})
	writer := openClient(t, n, sdk.Login{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = writer.try(set("/a", fmt.Sprint(i)))
			}
		}
	}()
	random := rand.New(rand.NewPCG(1, 1))
	var told []int64
	for range 60 {
		c = c.comeBack(n)
		if random.IntN(2) == 0 { // it has to wait for its turn
			op := set("/b", "")
			if err := c.Submit(within(t), 7, &op); err != nil {
				t.Fatal(err)
			}
		}
		op := sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{RelativeZxid: seen, Persistent: []string{"/a"}}}
		if err := c.Submit(within(t), 1, &op); err != nil {
			t.Fatal(err)
		}
		for dst, more := make([]sdk.Message, 1), 1+random.IntN(20); more > 0; {
			if _, err := c.Next(within(t), dst); err != nil {
				t.Fatal(err)
			}
			if e := dst[0].Event; e != nil {
				told, seen, more = append(told, e.Zxid), e.Zxid, more-1
			}
		}
	}
	close(stop)
	<-done
	var want []int64
	batch := make([]sdk.Transaction, 1)
	for at := first; at < seen; at = batch[0].Zxid {
		if count, err := n.feed.After(at, batch); count == 0 {
			t.Fatal(err)
		}
		if batch[0].Changes[0].Path == "/a" && batch[0].Zxid <= seen {
			want = append(want, batch[0].Zxid)
		}
	}
	if !slices.Equal(told, want) {
		t.Errorf("told of %v, and there were %v", told, want)
	}
}

// TestLookingEndsWithTheSession: nobody looks through the feed for a client who has gone, and it is not held meanwhile.
func TestLookingEndsWithTheSession(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	fill(n, 10*stretch)
	m := &missed{Node: n, watches: watch.NewLasting(nil, []string{"/"})}
	asked := 0
	m.look(func() bool {
		await(t, "the state is let go", n.mu.TryLock)
		n.mu.Unlock()
		asked++
		return asked > 3
	})
	if len(m.events) != 3*stretch {
		t.Errorf("%d events of %d transactions a look", len(m.events), stretch)
	}
}

// fill puts so many transactions into the feed.
func fill(n *Node, count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range count {
		n.zxid++
		n.feed.Append(sdk.Transaction{Zxid: n.zxid, Changes: []sdk.Change{{Kind: sdk.Changed, Path: fmt.Sprintf("/app/service-%d/member", i%1000)}}})
	}
}

// BenchmarkCatchUp is one client that comes back to a full feed; wait is how long somebody who needs the state alone had to
// wait for it, in 99 of 100 cases at most.
func BenchmarkCatchUp(b *testing.B) {
	n, err := Open(Config{ID: "n1", Dir: b.TempDir(), Peer: "127.0.0.1:0", Feed: feed.Limits{Bytes: 64 << 20}})
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	fill(n, 430_000)
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = fmt.Sprintf("/elsewhere/%d", i)
	}
	for name, lasting := range map[string]*watch.Lasting{
		"one":       watch.NewLasting([]string{"/app/service-1/member"}, nil),
		"elsewhere": watch.NewLasting(thousand, thousand),
		"recursive": watch.NewLasting(nil, []string{"/app"}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			stop, waited := make(chan struct{}), make(chan time.Duration)
			go wait(n, stop, waited)
			for b.Loop() {
				m := &missed{Node: n, watches: lasting}
				m.look(func() bool { return false })
				n.mu.RLock()
				m.tell(func(*sdk.Event) {})
				n.mu.RUnlock()
			}
			close(stop)
			b.ReportMetric(float64((<-waited).Microseconds()), "wait-us")
		})
	}
}

// wait takes the state alone now and then, and says how long that took.
func wait(n *Node, stop <-chan struct{}, waited chan<- time.Duration) {
	var all []time.Duration
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			slices.Sort(all)
			waited <- all[len(all)*99/100]
			return
		case <-tick.C:
			began := time.Now()
			n.mu.Lock()
			all = append(all, time.Since(began))
			n.mu.Unlock()
		}
	}
}
