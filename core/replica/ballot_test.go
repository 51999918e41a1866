package replica

import (
	"testing"

	"github.com/hashicorp/raft"
)

// A candidate of whom a node has not heard that it votes is elected by its log, and not with an older one.
func TestVoteForWhoIsNew(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	leader.propose(t, "something")
	c.same(t, 1)
	leader.kill(t)
	rest[1].kill(t) // nobody else can be elected
	voter, over := rest[0], rest[0].log.transport
	voter.forsakes(t)
	id, at := raft.ServerID(voter.cfg.ID), raft.ServerAddress(voter.cfg.Listen)
	header := raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte("n4"), Addr: []byte("127.0.0.1:1")}
	term, last := voter.log.Status().Term, voter.last(t)
	for index, want := range map[uint64]bool{last - 1: false, last + 1: true} {
		var pre raft.RequestPreVoteResponse
		err := over.RequestPreVote(id, at, &raft.RequestPreVoteRequest{RPCHeader: header, Term: term + 5, LastLogIndex: index, LastLogTerm: voter.lastTerm(t)}, &pre)
		if err != nil || pre.Granted != want {
			t.Errorf("before the vote, log of %d entries beside %d: %+v, %v", index, last, pre, err)
		}
	}
	for _, index := range []uint64{last - 1, last + 1} {
		term++
		var vote raft.RequestVoteResponse
		err := over.RequestVote(id, at, &raft.RequestVoteRequest{RPCHeader: header, Term: term + 5, LastLogIndex: index, LastLogTerm: voter.lastTerm(t)}, &vote)
		if err != nil || vote.Granted != (index > last) {
			t.Errorf("vote, log of %d entries beside %d: %+v, %v", index, last, vote, err)
		}
	}
}

// forsakes waits until raft has given the leader up.
func (n *node) forsakes(t *testing.T) {
	t.Helper()
	for ctx := within(t); n.log.Status().Leader != ""; {
		if !pause(ctx, minPause) {
			t.Fatalf("%s follows a dead leader", n.cfg.ID)
		}
	}
}

func (n *node) lastTerm(t *testing.T) uint64 {
	t.Helper()
	var entry raft.Log
	if err := n.log.store.GetLog(n.last(t), &entry); err != nil {
		t.Fatal(err)
	}
	return entry.Term
}
