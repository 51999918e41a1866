package replica

import (
	"testing"

	"github.com/hashicorp/raft"
)

// send has a leader send its newest snapshot to a node, as raft does to one who needs it. term is of its last entry.
func (n *node) send(t *testing.T, to *node, term uint64) (raft.InstallSnapshotResponse, error) {
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
	err = n.log.transport.InstallSnapshot(raft.ServerID(to.cfg.ID), raft.ServerAddress(to.cfg.Listen), &req, &resp, data)
	return resp, err
}

// A follower who has what a snapshot ends with, and more, keeps what he has acknowledged: he is not given it, whether the
// leader thinks that he needs it, or that he has something else.
func TestSnapshotThatNobodyNeeds(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	leader.propose(t, "in the snapshot")
	c.same(t, 1)
	if err := leader.log.Snapshot(); err != nil {
		t.Fatal(err)
	}
	leader.propose(t, "behind it")
	c.same(t, 2)
	term, had := leader.log.Status().Term, rest[0].log.Status().LastIndex
	if got, err := leader.send(t, rest[0], term); err != nil || !got.Success {
		t.Errorf("sent to one who has it: %+v, %v", got, err)
	}
	if got, err := leader.send(t, rest[0], term+1); err == nil {
		t.Errorf("sent to one who has another entry there: %+v", got)
	}
	if has, err := rest[0].log.store.LastIndex(); has < had || err != nil || rest[0].restore != 0 {
		t.Errorf("restored %d times, and of %d entries there are %d, %v", rest[0].restore, had, has, err)
	}
	leader.propose(t, "and on")
	c.same(t, 3)
}
