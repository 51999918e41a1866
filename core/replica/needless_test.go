package replica

import (
	"testing"

	"github.com/hashicorp/raft"
)

// send has a leader send its newest snapshot to a node, as raft does to one who needs it. term is of its last entry.
func (n *node) send(t *testing.T, over raft.Transport, to *node, term uint64) (raft.InstallSnapshotResponse, error) {
	t.Helper()
	list, err := n.log.store.snapshots.List()
	if err != nil || len(list) == 0 {
		t.Fatalf("snapshots %v: %v", list, err)
	}
	meta, data, err := n.log.store.snapshots.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	lead := n.log.appendOf(n.log.Status().Term)
	req := raft.InstallSnapshotRequest{
		RPCHeader: lead.RPCHeader, Term: lead.Term, Leader: lead.Leader, SnapshotVersion: meta.Version,
		LastLogIndex: meta.Index, LastLogTerm: term, Size: meta.Size,
		Configuration: raft.EncodeConfiguration(meta.Configuration), ConfigurationIndex: meta.ConfigurationIndex,
	}
	var resp raft.InstallSnapshotResponse
	err = over.InstallSnapshot(raft.ServerID(to.cfg.ID), raft.ServerAddress(to.cfg.Listen), &req, &resp, data)
	return resp, err
}

// ahead is a cluster whose leader has a snapshot, and all nodes have more.
func ahead(t *testing.T) (c cluster, leader, follower *node) {
	t.Helper()
	c = startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	leader.propose(t, "in the snapshot")
	c.same(t, 1)
	if err := leader.log.Snapshot(); err != nil {
		t.Fatal(err)
	}
	leader.propose(t, "behind it")
	c.same(t, 2)
	return c, leader, rest[0]
}

func (m *recorder) restored() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.restore
}

func (n *node) last(t *testing.T) uint64 {
	t.Helper()
	last, err := n.log.store.LastIndex()
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// A follower who has what a snapshot ends with, and more, is not given it, whether the leader thinks that he needs it, or
// that he has something else.
func TestSnapshotThatNobodyNeeds(t *testing.T) {
	c, leader, follower := ahead(t)
	term, had := leader.log.Status().Term, follower.last(t)
	if got, err := leader.send(t, leader.log.transport, follower, term); err != nil || !got.Success {
		t.Errorf("sent to one who has it: %+v, %v", got, err)
	}
	if got, err := leader.send(t, leader.log.transport, follower, term+1); err == nil {
		t.Errorf("sent to one who has another entry there: %+v", got)
	}
	if has := follower.last(t); has < had || follower.restored() != 0 {
		t.Errorf("restored %d times, and of %d entries there are %d", follower.restored(), had, has)
	}
	leader.propose(t, "and on")
	c.same(t, 3)
}

// When he is given it all the same, for he got more while it was on its way, he keeps what he has acknowledged.
func TestSnapshotOfLess(t *testing.T) {
	c, leader, follower := ahead(t)
	had := follower.last(t)
	if got, err := leader.send(t, leader.log.transport.NetworkTransport, follower, leader.log.Status().Term); err != nil || !got.Success {
		t.Fatalf("sent: %+v, %v", got, err)
	}
	if has := follower.last(t); has < had || follower.restored() != 1 {
		t.Errorf("restored %d times, and of %d entries there are %d", follower.restored(), had, has)
	}
	leader.propose(t, "and on")
	c.same(t, 3)
}
