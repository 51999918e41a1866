package coretest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

var (
	seeds = flag.Uint64("seeds", 6, "how many kinds of runs")
	first = flag.Uint64("seed", 1, "the first of them")
)

const clients, faults, checking = 4, 3, 20 * time.Second

// found is what a run gives.
type found struct {
	*History
	committed [][]sdk.Transaction // of each node
	digests   []string            // likewise
	changes   int                 // of the members
	lost      int                 // bytes in power cuts
	restored  int                 // snapshots that nodes were given
	forgot    bool                // a node has lost all it had
}

// brief has sessions end soon, and snapshots come often, with so little log behind them that whoever was away gets one.
// Changes are kept whatever the clocks say, to be compared.
func brief(cfg *core.Config) {
	cfg.MinTimeout, cfg.Feed = timeout, feed.Limits{Bytes: 64 << 20}
	cfg.SnapshotEntries, cfg.SnapshotTrailing, cfg.SnapshotInterval = 64, 16, 500*time.Millisecond
}

// run lets clients work on three nodes while things go wrong and others come and go.
func run(t *testing.T, seed uint64, bug Bug) (f found) {
	t.Helper()
	f.History = new(History)
	synctest.Test(t, func(t *testing.T) {
		c := Open(t, seed, 3, brief)
		defer c.Close()
		ctx := t.Context()
		must(t, c.Serve(ctx), Prepare(ctx, c, clients))
		working, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait() // a failure comes before its end
		defer stop()
		running.Go(func() { c.Watch(working, f.History) })
		if seed%2 == 0 {
			running.Go(func() { f.changes = c.Staff(working, rand.New(rand.NewPCG(seed, 1))) })
		}
		for id := range clients {
			client := &Client{ID: id, Cluster: c, History: f.History, Bug: bug}
			running.Go(func() { client.Run(working, seed) })
		}
		disturb(c, rand.New(rand.NewPCG(seed, 0)))
		stop()
		running.Wait()
		must(t, c.Serve(ctx), c.Quiet(ctx))
		f.compare(t, c)
		f.Broke(c.Elections())
		f.lost, f.forgot, f.restored = c.Lost, c.Forgot, c.Said("Installed remote snapshot")
	})
	return f
}

// compare takes from each node what it has.
func (f *found) compare(t *testing.T, c *Cluster) {
	for _, i := range c.Running() {
		all, err := drain(t.Context(), c, i)
		must(t, err)
		f.committed = append(f.committed, all)
	}
	for _, i := range c.Running() {
		digest, err := c.Digest(t.Context(), i)
		must(t, err)
		f.digests = append(f.digests, digest)
	}
}

// check says all that is wrong.
func (f *found) check() error {
	errs := []error{f.Broken(), f.Linearizable(checking), f.Kept(f.committed[0])}
	for i, all := range f.committed {
		errs = append(errs, Ordered(all), Released(all))
		if short := f.committed[0]; len(all) < len(short) || !reflect.DeepEqual(all[:len(short)], short) {
			errs = append(errs, fmt.Errorf("what was committed on the first node and number %d differs", i+1))
		}
		if f.digests[i] != f.digests[0] {
			errs = append(errs, fmt.Errorf("the trees of the first node and number %d differ", i+1))
		}
	}
	return errors.Join(errs...)
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// disturb does what networks and operators do, one thing after the other; in the end all is well. It happens to those
// who were there from the beginning.
func disturb(c *Cluster, r *rand.Rand) {
	for range faults {
		i := r.IntN(3)
		for range 1 + r.IntN(2) {
			trouble(c, r, i, (i+1+r.IntN(2))%3)
		}
		time.Sleep(time.Duration(r.Int64N(int64(2 * time.Second))))
		c.Heal()
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
	}
}

// trouble is one thing that happens to a node, and maybe another.
func trouble(c *Cluster, r *rand.Rand, i, j int) {
	a, b := c.Name(i), c.Name(j)
	switch r.IntN(13) {
	case 0:
		c.Cut(a, b)
	case 1:
		c.Cut(a, c.Name((i+1)%3))
		c.Cut(a, c.Name((i+2)%3))
	case 2:
		c.Mute(a, b)
	case 3:
		c.Mute(c.Name((i+1)%3), a)
		c.Mute(c.Name((i+2)%3), a)
	case 4:
		c.Slow(a, 30*time.Millisecond)
	case 5:
		c.Delay(a, b, 100*time.Millisecond)
	case 6:
		for range 1 + r.IntN(5) {
			c.Break(a, b)
			time.Sleep(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
		}
	case 7:
		c.Stop(i)
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		c.Start(i)
	case 8:
		c.Crash(i)
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		c.Start(i)
	case 9:
		c.PowerCut(r, i)
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		c.Start(i)
	case 10:
		c.PowerCut(r, i, (i+1)%3, (i+2)%3)
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
		for i := range 3 {
			c.Start(i)
		}
	case 11:
		forget(c, r, i, j)
	case 12:
		c.Jump(i, time.Duration(2*r.IntN(2)-1)*24*time.Hour)
	}
}

// forget has one node come back with nothing, beside another that may lack what the first has acknowledged; the third, which
// has it, is cut off.
func forget(c *Cluster, r *rand.Rand, i, behind int) {
	a, b, third := c.Name(i), c.Name(behind), c.Name(3-i-behind)
	c.Cut(b, a)
	c.Cut(b, third)
	time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
	if c.Forget(i) {
		c.Heal()
		c.Cut(third, a)
		c.Cut(third, b)
		c.Start(i)
	}
}

// drain gives all that a node has committed, by when it has done a sync.
func drain(ctx context.Context, c *Cluster, i int) (all []sdk.Transaction, err error) {
	s, err := c.Node(i).Open(ctx, sdk.Login{})
	if err != nil {
		return nil, fmt.Errorf("session on %s: %w", c.Name(i), err)
	}
	defer s.Close()
	marker := "/marker-" + c.Name(i)
	if got := exchange(ctx, s, []sdk.Op{create(marker)}); len(got) != 1 || got[0].Code != sdk.OK {
		return nil, fmt.Errorf("marker on %s: %v", c.Name(i), got)
	}
	f, err := c.Node(i).Follow(ctx, sdk.Following{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for dst := make([]sdk.Transaction, 64); ; {
		n, err := f.Next(ctx, dst)
		if err != nil {
			return nil, err
		}
		for _, t := range dst[:n] {
			if t.Changes[0].Path == marker {
				return all, nil
			}
			all = append(all, t)
		}
	}
}

// Whatever happens: nothing acknowledged is lost, no session's order is broken and none ends too early, no client goes
// back in time, ephemeral nodes go with their sessions, one leads in a term, all nodes have the same, and whoever reads
// behind a sync reads what is there.
func TestSimulation(t *testing.T) {
	usual := debug.SetGCPercent(300) // runs are short, and their heaps are small
	var changes, restored, lost, forgot atomic.Int64
	t.Cleanup(func() {
		debug.SetGCPercent(usual)
		if *seeds >= 50 && (changes.Load() == 0 || restored.Load() == 0 || lost.Load() == 0 || forgot.Load() == 0) {
			t.Error("members never changed, nobody was given a snapshot, no power cut took anything, or nobody forgot: that is no test")
		}
	})
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			f := run(t, seed, None)
			if err := f.check(); err != nil {
				t.Error(err)
			}
			calls, acknowledged := f.Counts()
			t.Logf("seed %d: %d calls, %d acknowledged of pipelines, %d transactions, %d changes of members, %d snapshots given, %d bytes lost",
				seed, calls, acknowledged, len(f.committed[0]), f.changes, f.restored, f.lost)
			changes.Add(int64(f.changes))
			restored.Add(int64(f.restored))
			lost.Add(int64(f.lost))
			if f.forgot {
				forgot.Add(1)
			}
			if calls == 0 || acknowledged == 0 { // a short script of faults may leave few
				t.Error("that is no test")
			}
		})
	}
}

// The checks see what is wrong.
func TestBugsAreFound(t *testing.T) {
	for name, bug := range map[string]Bug{"early acknowledgement": EarlyAck, "stale read": Stale} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 40; seed++ {
				if f := run(t, seed, bug); f.Linearizable(checking) != nil || f.Broken() != nil {
					return
				}
			}
			t.Error("not found in forty runs")
		})
	}
}

// Neither are a loss and a broken order overlooked.
func TestKept(t *testing.T) {
	change := func(session int64, value string) sdk.Transaction {
		return sdk.Transaction{Session: session, Changes: []sdk.Change{{Path: "/own-0", Data: []byte(value)}}}
	}
	var h History
	h.acknowledge("/own-0", "2.0")
	for want, committed := range map[string][]sdk.Transaction{
		"":                     {change(1, "1.0"), change(2, "3.0"), change(1, "2.0"), change(1, "2.1")},
		"out of order":         {change(1, "2.0"), change(1, "1.0")},
		"is lost":              {change(1, "1.0")},
		"what was sent before": {change(1, "2.0"), change(1, "2.2")},
	} {
		if err := h.Kept(committed); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", committed, err, want)
		}
	}
}
