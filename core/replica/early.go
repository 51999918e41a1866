package replica

import (
	"context"
	"sync"

	"github.com/hashicorp/raft"
)

// early sends followers what the leader is about to write, while he writes it. Raft writes first and sends then, so
// that whoever waits for his record waits for two disks, one after the other.
//
// What it sends is an ordinary append of raft, and may be sent before it is durable here (Ongaro's thesis, 10.2.1): the
// leader counts himself only when his write has come back, as ever. When the write fails he ends, and the entries on the
// followers are what the last entries of any dead leader are. Raft's own append of the same entries, which follows, is
// not sent again: the [transport] answers it with the follower's answer to the early one. That answer says that his log
// is the leader's up to there, and in a term this cannot become untrue, unless he loses his folder, and then his vote.
//
// Only a follower who has everything before gets anything early. When an early append is refused or lost, raft is told
// so in the place of its own, sends what is missing in its own way, and when that is there, early goes on.
type early struct {
	term  uint64
	lanes map[raft.ServerID]*lane
}

// appender sends one append to a follower and waits for the answer.
type appender func(*raft.AppendEntriesRequest, *raft.AppendEntriesResponse) error

// maxEarly is how many entries may wait in a lane, and maxEarlyBytes how many bytes: one entry is on its way as a rule,
// and a follower who cannot keep up is raft's concern.
const (
	maxEarly      = 64
	maxEarlyBytes = 4 << 20
)

// lane is the way of early entries to one follower: one append on its way, the next entries in a queue. It ends with the
// context it was started with.
type lane struct {
	header raft.AppendEntriesRequest // without entries
	commit func() uint64             // what is committed by now
	send   appender

	mu     sync.Mutex // guards all below
	moved  sync.Cond  // queue has grown, waits have gone, or ended
	have   position   // the follower has everything up to here
	last   position   // and has it on its way or in the queue up to here
	before position   // the queue follows on this
	queue  []*raft.Log
	bytes  int
	waits  []*joined
	ended  bool
}

// position is where an entry stands in the log.
type position struct{ index, term uint64 }

func endOf(entries []*raft.Log) position {
	last := entries[len(entries)-1]
	return position{last.Index, last.Term}
}

// startEarly makes a lane to each peer. One goroutine for each, in running; they end with ctx, one that is sending when
// its message is answered, times out or breaks.
func startEarly(
	ctx context.Context, running *sync.WaitGroup, header raft.AppendEntriesRequest, commit func() uint64, peers map[raft.ServerID]appender,
) *early {
	e := &early{term: header.Term, lanes: make(map[raft.ServerID]*lane)}
	for id, send := range peers {
		k := &lane{header: header, commit: commit, send: send}
		k.moved.L = &k.mu
		e.lanes[id] = k
		context.AfterFunc(ctx, k.end)
		running.Go(k.run)
	}
	return e
}

// write sends entries that are being written here, if they are of its term: then this node made them. It does not wait,
// and keeps the entries for a while.
func (e *early) write(entries []*raft.Log) {
	if e == nil || entries[0].Term != e.term {
		return
	}
	for _, k := range e.lanes {
		k.offer(entries)
	}
}

// lane is that of an append of raft to a follower; nil for none.
func (e *early) lane(id raft.ServerID, req *raft.AppendEntriesRequest) *lane {
	if e == nil || e.term != req.Term || len(req.Entries) == 0 {
		return nil
	}
	return e.lanes[id]
}

// offer takes entries that follow on what the follower has, or has on its way.
func (k *lane) offer(entries []*raft.Log) {
	k.mu.Lock()
	defer k.mu.Unlock()
	follows := k.last.index > 0 && entries[0].Index == k.last.index+1
	if k.ended || !follows || len(k.queue) >= maxEarly || k.bytes >= maxEarlyBytes {
		return
	}
	if len(k.queue) == 0 {
		k.before = k.last
	}
	for _, entry := range entries {
		k.bytes += len(entry.Data)
	}
	k.queue, k.last = append(k.queue, entries...), endOf(entries)
	k.moved.Broadcast()
}

func (k *lane) run() {
	for req := k.next(); req != nil; req = k.next() {
		resp := new(raft.AppendEntriesResponse)
		if err := k.send(req, resp); err != nil {
			*resp = raft.AppendEntriesResponse{}
		}
		k.hear(endOf(req.Entries), resp)
	}
}

// next waits for entries and makes an append of them; nil when ended.
func (k *lane) next() *raft.AppendEntriesRequest {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.queue) == 0 && !k.ended {
		k.moved.Wait()
	}
	if k.ended {
		return nil
	}
	req := k.header
	req.PrevLogEntry, req.PrevLogTerm = k.before.index, k.before.term
	req.Entries, req.LeaderCommitIndex = k.queue, k.commit()
	k.queue, k.bytes = nil, 0
	k.before = k.last
	return &req
}

// hear takes the answer to the append that ended with end. After a refusal nothing goes early until raft has brought
// the follower to where the log ends by then.
func (k *lane) hear(end position, resp *raft.AppendEntriesResponse) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if resp.Success {
		k.advance(end)
	} else {
		k.queue, k.bytes, k.last = nil, 0, k.have
	}
	k.settle(resp.Term)
}

// matched hears that raft's own append was taken, up to end.
func (k *lane) matched(end position) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.advance(end)
	k.settle(0)
}

// advance is called with mu held. When raft has overtaken what goes early, that begins anew from there.
func (k *lane) advance(to position) {
	if to.index > k.have.index {
		k.have = to
	}
	if k.have.index > k.last.index {
		k.queue, k.bytes, k.last = nil, 0, k.have
	}
}

// end ends the lane; raft sends itself what was on its way.
func (k *lane) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended, k.queue, k.last = true, nil, k.have
	k.settle(0)
	k.moved.Broadcast()
}
