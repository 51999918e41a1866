package replica

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// beacon tells followers at once what is committed. Raft tells them with the next append, or after one to two commit
// time-outs; whoever waits on a follower for his record would wait as long.
//
// What it sends is an ordinary message of raft, an append of nothing: "in term t the entry before is i, of term t, and
// committed up to i". It is true by definition, and log matching at i proves all before i. A follower that is ahead in
// term refuses it. One that has not got i yet refuses it too: it is told again a few times in the next milliseconds,
// and then learns of i with the next append or the commit time-out, which is small for that reason. One that already
// knows is not harmed.
//
// It speaks of entries of its own term only, as raft's own commit rule does.
type beacon struct {
	term  uint64
	peers []*pulse
}

// pulse is the beacon of one follower: one message on its way, always of the newest index.
type pulse struct {
	newest atomic.Uint64
	wake   chan struct{} // holds one
	send   func(index uint64) (taken bool, err error)
}

// A follower that has not got the entry is told again after pauses that double from the first to the last of these.
// One that cannot be reached is left alone for a while.
const (
	firstAgain = 500 * time.Microsecond
	lastAgain  = 8 * time.Millisecond
	restTime   = 100 * time.Millisecond
)

// startBeacon begins telling peers. One goroutine for each, in running; they end with ctx, one that is sending when
// its message is answered, times out or breaks.
func startBeacon(
	ctx context.Context, running *sync.WaitGroup, term uint64, peers []raft.Server, send func(to raft.Server, index uint64) (taken bool, err error),
) *beacon {
	b := &beacon{term: term}
	for _, peer := range peers {
		p := &pulse{wake: make(chan struct{}, 1), send: func(index uint64) (bool, error) { return send(peer, index) }}
		b.peers = append(b.peers, p)
		running.Go(func() { p.run(ctx) })
	}
	return b
}

// tell says that index, an entry of the beacon's term, is committed. It does not wait.
func (b *beacon) tell(index uint64) {
	for _, p := range b.peers {
		p.newest.Store(index)
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

func (p *pulse) run(ctx context.Context) {
	for {
		select {
		case <-p.wake:
			p.tell(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// tell sends the newest index, whatever it is by then, until the follower takes it or it is time to leave it to raft.
func (p *pulse) tell(ctx context.Context) {
	for pause := firstAgain; pause <= lastAgain; pause *= 2 {
		taken, err := p.send(p.newest.Load())
		if taken {
			return
		}
		if err != nil {
			pause = restTime
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// beat sends one message of the beacon of term to peer.
func (l *Log) beat(term uint64, peer raft.Server, index uint64) (taken bool, err error) {
	req := l.appendOf(term)
	req.PrevLogEntry, req.PrevLogTerm, req.LeaderCommitIndex = index, term, index
	var resp raft.AppendEntriesResponse
	err = l.transport.AppendEntries(peer.ID, peer.Address, &req, &resp)
	return resp.Success, err
}

// appendOf is an append of this node as the leader of term, of nothing yet.
func (l *Log) appendOf(term uint64) raft.AppendEntriesRequest {
	self := l.transport.EncodePeer(raft.ServerID(l.cfg.ID), l.transport.LocalAddr())
	return raft.AppendEntriesRequest{
		RPCHeader: raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(l.cfg.ID), Addr: self},
		Term:      term,
		Leader:    self,
	}
}
