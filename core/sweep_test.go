package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// book is a log that keeps what is proposed until the test applies it.
type book struct {
	log
	records [][]byte
	full    bool
}

func (b *book) ProposeIn(_ uint64, record []byte) error {
	if b.full {
		return replica.ErrBusy
	}
	b.records = append(b.records, record)
	return nil
}

// sweeper is a leader that nobody drives but the test, with so many nodes whose time has come.
func sweeper(t testing.TB, due int) (*Node, *book) {
	t.Helper()
	b := new(book)
	n := &Node{state: newState(feed.Default()), log: b}
	n.leads.Store(7)
	for i := range due {
		op := sdk.Op{Kind: sdk.OpCreateTTL, Path: fmt.Sprintf("/n%05d", i), Mode: sdk.ModeTTL, TTL: 1, ACL: sdk.OpenACL()}
		n.zxid++
		if _, code, _ := n.tree.Write(n.stamp(), tree.Actor{}, &op, nil); code != sdk.OK {
			t.Fatal(code)
		}
	}
	return n, b
}

// apply does what is in the book, at a time.
func (b *book) apply(t testing.TB, n *Node, at time.Time) {
	t.Helper()
	n.state.time = at.UnixMilli()
	for _, record := range b.records {
		sweep, err := txn.Decode(record)
		if err != nil {
			t.Fatal(err)
		}
		n.applyTxn(&sweep)
	}
	b.records = nil
}

// drive is what keepTime does between two sweeps: it reports how many stretches were looked through.
func drive(n *Node) (stretches int) {
	for ; len(n.sweeping.more) > 0; stretches++ {
		<-n.sweeping.more
		n.sweepOn(time.Now().UnixMilli())
	}
	return stretches
}

// TestSweepGoesOnUntilAllAreGone: one sweep removes as many as there are, and no more of them are ever in the log than one
// stretch proposes.
func TestSweepGoesOnUntilAllAreGone(t *testing.T) {
	const due = 5*maxSweep + 1
	n, b := sweeper(t, due)
	n.sweep()
	for rounds := 0; n.tree.Len() > 4; rounds++ {
		drive(n)
		if got := len(b.records); got == 0 || got > maxSweep || rounds > due {
			t.Fatalf("%d are in the log and %d in the tree", got, n.tree.Len())
		}
		n.sweep() // one that comes too early
		b.apply(t, n, time.Now())
	}
	if drive(n); n.counts.swept.Load() != due || n.sweeping.term != 0 || len(b.records) > 0 {
		t.Errorf("%d were removed, and %d are in the log", n.counts.swept.Load(), len(b.records))
	}
}

// TestSweepOfARunningNode: what one stretch does not see comes with the next.
func TestSweepOfARunningNode(t *testing.T) {
	n := openNode(t, Config{ID: "n1", Sweep: 5 * time.Millisecond})
	multi := sdk.Op{Kind: sdk.OpMulti}
	for i := range 3 * maxSweep {
		multi.Ops = append(multi.Ops, sdk.Op{
			Kind: sdk.OpCreateTTL, Path: fmt.Sprintf("/n%d", i), Mode: sdk.ModeTTL, TTL: 1, ACL: sdk.OpenACL(),
		})
	}
	openClient(t, n, sdk.Login{}).must(multi)
	await(t, "all are gone", func() bool { return n.Counts().Swept == 3*maxSweep })
}

// TestSweepOfWhatIsNotDue looks through all, a stretch at a time.
func TestSweepOfWhatIsNotDue(t *testing.T) {
	const leases = 20_000
	n, b := sweeper(t, leases)
	n.leads.Store(7)
	n.state.time = time.Now().Add(time.Hour).UnixMilli()
	for i := range leases {
		op := sdk.Op{Kind: sdk.OpSetData, Path: fmt.Sprintf("/n%05d", i), Version: sdk.AnyVersion}
		n.tree.Write(n.stamp(), tree.Actor{}, &op, nil)
	}
	n.sweep()
	if stretches := drive(n); stretches < 4 || len(b.records) > 0 || n.sweeping.term != 0 {
		t.Errorf("%d stretches for %d leases, %d are in the log", stretches, leases, len(b.records))
	}
}

// TestSweepAfterALoss: what the log does not take, or loses with the lead, is found again, and what came before it is not
// looked through twice before the rest is.
func TestSweepAfterALoss(t *testing.T) {
	n, b := sweeper(t, 3*maxSweep)
	n.sweep()
	b.apply(t, n, time.UnixMilli(0)) // by a clock for which none is due
	b.full = true
	if drive(n); n.sweeping.term != 0 {
		t.Error("the round goes on though the log takes nothing")
	}
	b.full = false
	n.sweep()
	if first := b.first(t); first != fmt.Sprintf("/n%05d", maxSweep) {
		t.Errorf("it goes on at %s", first)
	}
	b.records = nil // lost, and the lead is had back in the same term
	n.sweep()
	if drive(n); len(b.records) > 0 {
		t.Error("what may be on its way is not waited for")
	}
	n.sweep()
	for len(b.records) > 0 {
		b.apply(t, n, time.Now())
		drive(n)
	}
	n.leads.Store(9)
	n.sweep()
	for len(b.records) > 0 {
		b.apply(t, n, time.Now())
		drive(n)
	}
	if n.tree.Len() != 4 {
		t.Errorf("%d nodes are left", n.tree.Len()-4)
	}
}

// first is the path of what is first in the book.
func (b *book) first(t *testing.T) string {
	t.Helper()
	if len(b.records) == 0 {
		return "nothing"
	}
	sweep, err := txn.Decode(b.records[0])
	if err != nil {
		t.Fatal(err)
	}
	return sweep.Op.Path
}

// BenchmarkSweep removes a hundred thousand nodes, and tells for how long a stretch and its application hold the tree.
func BenchmarkSweep(b *testing.B) {
	var look, apply time.Duration
	stretches := 0
	for b.Loop() {
		b.StopTimer()
		n, log := sweeper(b, 100_000)
		b.StartTimer()
		for n.sweep(); n.tree.Len() > 4; stretches++ {
			start := time.Now()
			drive(n)
			looked := time.Now()
			log.apply(b, n, looked)
			look, apply = look+looked.Sub(start), apply+time.Since(looked)
		}
	}
	b.ReportMetric(float64(look.Nanoseconds())/float64(stretches), "look-ns")
	b.ReportMetric(float64(apply.Nanoseconds())/float64(stretches), "apply-ns")
}
