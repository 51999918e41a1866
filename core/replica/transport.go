package replica

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

var (
	_ raft.Transport      = (*transport)(nil)
	_ raft.WithPreVote    = (*transport)(nil)
	_ raft.AppendPipeline = (*pipeline)(nil)
	_ raft.AppendFuture   = (*joined)(nil)
)

// transport is raft's, but an append whose entries have gone early is answered from there.
type transport struct {
	*raft.NetworkTransport
	early atomic.Pointer[early] // while this node leads. Set by steer
}

// AppendEntries implements raft.Transport: raft's way to a follower who is behind.
func (t *transport) AppendEntries(
	id raft.ServerID, target raft.ServerAddress, req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse,
) error {
	err := t.NetworkTransport.AppendEntries(id, target, req, resp)
	if err == nil {
		t.learn(id, req, resp)
	}
	return err
}

// learn tells the lane what raft has brought to a follower.
func (t *transport) learn(id raft.ServerID, req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) {
	if k := t.early.Load().lane(id, req); k != nil && resp.Success {
		k.matched(endOf(req.Entries))
	}
}

// AppendEntriesPipeline implements raft.Transport: raft's way to a follower who has nearly everything.
func (t *transport) AppendEntriesPipeline(id raft.ServerID, target raft.ServerAddress) (raft.AppendPipeline, error) {
	inner, err := t.NetworkTransport.AppendEntriesPipeline(id, target)
	if err != nil {
		return nil, err
	}
	p := &pipeline{AppendPipeline: inner, transport: t, id: id, ready: make(chan raft.AppendFuture, maxReady), closed: make(chan struct{})}
	go p.pass()
	return p, nil
}

// maxReady is how many answers may wait for raft. After one that says no raft takes no more, and may still be sending:
// when there is no room any more the pipeline is closed, so that nobody waits for anybody.
const maxReady = 16

// pipeline is raft's appends to one follower. It closes itself when raft takes no answers; its goroutine ends then, or
// with Close.
type pipeline struct {
	raft.AppendPipeline
	transport *transport
	id        raft.ServerID
	ready     chan raft.AppendFuture
	closing   sync.Once
	closed    chan struct{}
}

// AppendEntries implements raft.AppendPipeline. On a closed one it is raft.ErrPipelineShutdown, and raft makes another.
func (p *pipeline) AppendEntries(req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) (raft.AppendFuture, error) {
	select {
	case <-p.closed:
		return nil, raft.ErrPipelineShutdown
	default:
	}
	if k := p.transport.early.Load().lane(p.id, req); k != nil {
		if j := (&joined{req: req, resp: resp, start: time.Now(), pipeline: p}); k.join(j) {
			return j, nil
		}
	}
	return p.AppendPipeline.AppendEntries(req, resp)
}

// pass hands on the answers to what was sent, having looked at them. Raft may be sending when it ends, and hears of it.
func (p *pipeline) pass() {
	defer p.AppendPipeline.Close()
	for {
		select {
		case f := <-p.AppendPipeline.Consumer():
			if f.Error() == nil {
				p.transport.learn(p.id, f.Request(), f.Response())
			}
			p.give(f)
		case <-p.closed:
			return
		}
	}
}

// give hands an answer to raft, or drops it and closes the pipeline: what raft has no answer to it sends again. It does
// not wait, for a lane is held meanwhile, and with it the log.
func (p *pipeline) give(f raft.AppendFuture) {
	select {
	case p.ready <- f:
	default:
		p.shut()
	}
}

func (p *pipeline) shut() { p.closing.Do(func() { close(p.closed) }) }

// Consumer implements raft.AppendPipeline.
func (p *pipeline) Consumer() <-chan raft.AppendFuture { return p.ready }

// Close implements raft.AppendPipeline.
func (p *pipeline) Close() error {
	p.shut()
	return p.AppendPipeline.Close()
}

// joined is an append of raft that waits for the answer to an early one. Raft sees it when it has that.
type joined struct {
	req      *raft.AppendEntriesRequest
	resp     *raft.AppendEntriesResponse
	start    time.Time
	pipeline *pipeline
}

// Error implements raft.Future.
func (*joined) Error() error { return nil }

// Start implements raft.AppendFuture.
func (j *joined) Start() time.Time { return j.start }

// Request implements raft.AppendFuture.
func (j *joined) Request() *raft.AppendEntriesRequest { return j.req }

// Response implements raft.AppendFuture.
func (j *joined) Response() *raft.AppendEntriesResponse { return j.resp }

// maxJoined is how many appends of raft may wait in a lane, as many as may be on their way in a pipeline of raft's.
const maxJoined = raft.DefaultMaxRPCsInFlight

// join has j wait for what its entries went early with. False: they did not, or no longer count as sent.
func (k *lane) join(j *joined) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.waits) >= maxJoined {
		k.moved.Wait()
	}
	if k.ended || endOf(j.req.Entries).index > k.last.index {
		return false
	}
	k.waits = append(k.waits, j)
	k.settle(0)
	return true
}

// settle gives raft the answers there are: yes for what the follower has, and no for what is not on its way any more,
// with the follower's term. It is called with mu held.
func (k *lane) settle(term uint64) {
	still := k.waits[:0]
	for _, j := range k.waits {
		end := endOf(j.req.Entries)
		switch {
		case end.index <= k.have.index:
			*j.resp = raft.AppendEntriesResponse{RPCHeader: j.req.RPCHeader, Term: j.req.Term, LastLog: k.have.index, Success: true}
		case end.index <= k.last.index:
			still = append(still, j)
			continue
		default:
			*j.resp = raft.AppendEntriesResponse{RPCHeader: j.req.RPCHeader, Term: term}
		}
		j.pipeline.give(j)
	}
	clear(k.waits[len(still):])
	if k.waits = still; len(still) < maxJoined {
		k.moved.Broadcast()
	}
}
