package replica

import "github.com/hashicorp/raft"

// Raft's votes are safe whoever asks for them: the log decides (Ongaro's thesis, 4.1: servers vote, too, for those who are
// not in their configuration). hashicorp/raft refuses whoever is no voter in the configuration that a node has, and where
// that is an old one, for ever: when the leader dies who has just given n4 a vote, n4, with the longest log, needs n3, who
// has not heard of it, and nobody is elected although a majority is there. It asks only for the id, so that is left out, or
// another one.

// RequestVote implements raft.Transport. Without an id it is a vote as older versions asked for.
func (t *transport) RequestVote(id raft.ServerID, to raft.ServerAddress, req *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	anonymous := *req
	anonymous.ID = nil
	return t.NetworkTransport.RequestVote(id, to, &anonymous, resp)
}

// RequestPreVote implements raft.WithPreVote. It must have the id of a voter, and who is asked knows himself as one. He says
// no again if that was for another reason.
func (t *transport) RequestPreVote(
	id raft.ServerID, to raft.ServerAddress, req *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse,
) error {
	if err := t.NetworkTransport.RequestPreVote(id, to, req, resp); err != nil || resp.Granted || resp.Term > req.Term {
		return err
	}
	asked := *req
	asked.ID = []byte(id)
	*resp = raft.RequestPreVoteResponse{}
	return t.NetworkTransport.RequestPreVote(id, to, &asked, resp)
}
