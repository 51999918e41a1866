package coretest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

var (
	seeds = flag.Uint64("seeds", 1, "how many kinds of runs")
	first = flag.Uint64("seed", 1, "the first of them")
)

const clients, faults, checking = 4, 3, 20 * time.Second

// run lets clients work on three nodes while things go wrong, and gives what they saw and what each node then has.
func run(t *testing.T, seed uint64, bug Bug) (*History, [][]sdk.Transaction) {
	t.Helper()
	h := new(History)
	var committed [][]sdk.Transaction
	synctest.Test(t, func(t *testing.T) {
		c := Open(t, seed, 3)
		defer c.Close()
		ctx := t.Context()
		must(t, c.Serve(ctx), Prepare(ctx, c, clients))
		working, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		for id := range clients {
			client := &Client{ID: id, Cluster: c, History: h, Bug: bug}
			running.Go(func() { client.Run(working, seed) })
		}
		disturb(c, rand.New(rand.NewPCG(seed, 0)))
		stop()
		running.Wait()
		must(t, c.Serve(ctx))
		for i := range c.Size() {
			all, err := feed(ctx, c, i)
			must(t, err)
			committed = append(committed, all)
		}
	})
	return h, committed
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// disturb does what networks and operators do, one thing after the other; in the end all is well.
func disturb(c *Cluster, r *rand.Rand) {
	for range faults {
		i := r.IntN(c.Size())
		for range 1 + r.IntN(2) {
			switch j := (i + 1 + r.IntN(c.Size()-1)) % c.Size(); r.IntN(4) {
			case 0:
				c.Cut(c.Name(i), c.Name(j))
			case 1:
				c.Cut(c.Name(i), c.Name((i+1)%c.Size()))
				c.Cut(c.Name(i), c.Name((i+2)%c.Size()))
			case 2:
				c.Slow(c.Name(i), 30*time.Millisecond)
			case 3:
				c.Stop(i)
				time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
				c.Start(i)
			}
		}
		time.Sleep(time.Duration(r.Int64N(int64(2 * time.Second))))
		c.Heal()
		time.Sleep(time.Duration(r.Int64N(int64(time.Second))))
	}
}

// feed gives all that a node has committed, by when it has done a sync.
func feed(ctx context.Context, c *Cluster, i int) (all []sdk.Transaction, err error) {
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
			if len(all) == 0 || t.Zxid > all[len(all)-1].Zxid {
				all = append(all, t)
			}
		}
	}
}

// Nothing acknowledged is lost, no session's order is broken, all nodes have the same, and whoever reads behind a sync
// reads what is there.
func TestSimulation(t *testing.T) {
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h, committed := run(t, seed, None)
			if err := h.Linearizable(checking); err != nil {
				t.Error(err)
			}
			if err := h.Kept(committed[0]); err != nil {
				t.Error(err)
			}
			for i, other := range committed[1:] {
				if len(other) < len(committed[0]) || !reflect.DeepEqual(other[:len(committed[0])], committed[0]) {
					t.Errorf("n1 and n%d differ", i+2)
				}
			}
			calls, acknowledged := h.Counts()
			t.Logf("seed %d: %d calls, %d acknowledged of pipelines, %d transactions", seed, calls, acknowledged, len(committed[0]))
			if calls < 50 || acknowledged < 50 {
				t.Error("that is no test")
			}
		})
	}
}

// The checks see what is wrong.
func TestBugsAreFound(t *testing.T) {
	for name, bug := range map[string]Bug{"early acknowledgement": EarlyAck, "stale read": Stale} {
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed <= 5; seed++ {
				if h, _ := run(t, seed, bug); h.Linearizable(checking) != nil {
					return
				}
			}
			t.Error("not found in five runs")
		})
	}
}

// Neither are a loss and a broken order overlooked.
func TestKept(t *testing.T) {
	change := func(session int64, value string) sdk.Transaction {
		return sdk.Transaction{Session: session, Changes: []sdk.Change{{Path: "/own-0", Data: []byte(value)}}}
	}
	var h History
	h.acknowledge("/own-0", "2")
	for want, committed := range map[string][]sdk.Transaction{
		"":             {change(1, "1"), change(2, "3"), change(1, "2")},
		"out of order": {change(1, "2"), change(1, "1")},
		"is lost":      {change(1, "1")},
	} {
		if err := h.Kept(committed); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", committed, err, want)
		}
	}
}
