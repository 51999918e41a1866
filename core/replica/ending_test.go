package replica

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// The disk fails while a committed entry waits for a machine that is busy. Raft may forget the entry then, without a word to
// whoever waits for it; the machine is told all the same that nobody leads, and the log can be closed.
func TestFaultWhileTheMachineIsBusy(t *testing.T) {
	for range 12 {
		failWhileBusy(t)
	}
}

func failWhileBusy(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	n.propose(t, "x")
	n.applied(t, 1)
	captured, goOn := make(chan struct{}), make(chan struct{})
	n.change(func() {
		n.onCapture = func() {
			close(captured)
			<-goOn
		}
	})
	go n.log.Snapshot()
	<-captured
	handed := n.log.raft.AppliedIndex()
	n.propose(t, "y")
	for n.log.raft.AppliedIndex() == handed { // it does not wait for the machine yet
		if !pause(t.Context(), time.Millisecond) {
			t.Fatal("the entry is not committed")
		}
	}
	if err := n.log.fault.note("make the next file", errors.New("no space left")); err == nil {
		t.Fatal("no fault")
	}
	<-n.log.ending
	close(goOn)
	n.wait(t, "nobody leads", func() bool { return n.events[len(n.events)-1] == "follow " })
	if err := n.log.Close(); err != nil {
		t.Error(err)
	}
}

// A leader that is closed while it writes a snapshot hands over first: the others do not wait for it.
func TestLeaderEndsWhileItWritesASnapshot(t *testing.T) {
	c := startCluster(t, 3, func(c *Config) { c.SnapshotInterval = time.Hour })
	leader, followers := c.roles(t)
	leader.propose(t, "x")
	c.same(t, 1)
	writing, goOn := make(chan struct{}), make(chan struct{})
	leader.change(func() {
		leader.onWrite = func() {
			close(writing)
			<-goOn
		}
	})
	leader.log.fsm.growth.due <- 1
	<-writing
	closed := make(chan error)
	go func() { closed <- leader.log.Close() }()
	followers.roles(t)
	followers[0].propose(t, "y")
	followers.same(t, 2)
	close(goOn)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// Two who change how raft is set at the same time both have what they want.
func TestTuning(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	before, done := n.log.raft.ReloadableConfig(), make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			n.log.lookNow()
		}
	}()
	for i := range uint64(2000) {
		if err := n.log.tune(func(raft *raft.ReloadableConfig) { raft.TrailingLogs = i }); err != nil {
			t.Fatal(err)
		}
		if got := n.log.raft.ReloadableConfig().TrailingLogs; got != i {
			t.Fatalf("%d entries are left behind a snapshot, not %d", got, i)
		}
	}
	<-done
	before.TrailingLogs = 1999
	if after := n.log.raft.ReloadableConfig(); after != before {
		t.Errorf("in the end %+v, and not %+v", after, before)
	}
}
