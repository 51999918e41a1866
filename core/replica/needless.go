package replica

import (
	"fmt"
	"io"

	"github.com/hashicorp/raft"
)

// InstallSnapshot implements raft.Transport: raft's way to a follower whose next entry it has not kept. He may have that
// entry, and more, when it is his answers that were lost. The snapshot would then take from him what he has acknowledged,
// and raft, there, would go on as if he had it, until he dies of "log not found" (hashicorp/raft, issue 697). So he is
// asked first, by an append of nothing, whether he has the entry that the snapshot ends with. If so he needs nothing of
// it.
//
// Nor is he given it when his log ends behind it and he does not say so: he has let go of that entry, or has others in its
// place. A later snapshot will suit him.
func (t *transport) InstallSnapshot(
	id raft.ServerID, target raft.ServerAddress, req *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader,
) error {
	question := raft.AppendEntriesRequest{
		RPCHeader: req.RPCHeader, Term: req.Term, Leader: req.Leader, PrevLogEntry: req.LastLogIndex, PrevLogTerm: req.LastLogTerm,
	}
	var has raft.AppendEntriesResponse
	switch err := t.NetworkTransport.AppendEntries(id, target, &question, &has); {
	case err != nil:
		return err
	case has.Success || has.Term > req.Term:
		*resp = raft.InstallSnapshotResponse{RPCHeader: has.RPCHeader, Term: has.Term, Success: has.Success}
		return nil
	case has.LastLog > req.LastLogIndex:
		return fmt.Errorf("%s has %d entries, more than a snapshot of %d", id, has.LastLog, req.LastLogIndex)
	}
	return t.NetworkTransport.InstallSnapshot(id, target, req, resp, data)
}
