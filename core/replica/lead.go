package replica

import (
	"sync"
	"time"
)

// lead is this node's leadership in one term: what is proposed here and what comes from the followers' streams is
// packed, and goes to raft one entry at a time.
type lead struct {
	term   uint64
	submit func(envelope []byte) error // proposes an entry and waits until it is applied here, or may be lost
	now    func() time.Time
	broke  func()          // called once, by whoever breaks it
	ending <-chan struct{} // closed when raft is told to end: it may never say then what became of an entry

	mu       sync.Mutex // guards all below
	queue    packer
	taken    int                // bytes that have left the queue
	streamed share              // of the queue, by streams
	used     bool               // something was proposed on this node
	cause    error              // set once: broken
	streams  map[string]*stream // of each follower at most one
	filled   sync.Cond          // queue is not empty, or broken
	drained  sync.Cond          // less than maxStreamQueued of the queue has come by streams, or broken
	full     room               // until queue is below roomyQueued, or broken

	proposed chan struct{}  // closed when the proposer has ended
	running  sync.WaitGroup // the streams
}

// newLead starts the proposer. It ends when the lead breaks and the entry in flight has its outcome.
func newLead(
	term uint64, maxEntry int, now func() time.Time, submit func([]byte) error, broke func(), ending <-chan struct{},
) *lead {
	d := &lead{
		term: term, submit: submit, now: now, broke: broke, ending: ending, proposed: make(chan struct{}),
		queue: packer{term: term, max: maxEntry}, streams: make(map[string]*stream),
	}
	d.filled.L, d.drained.L = &d.mu, &d.mu
	go d.run()
	return d
}

// run is the proposer: one entry in flight, and nothing after one that may be lost.
func (d *lead) run() {
	defer close(d.proposed)
	for envelope := d.next(); envelope != nil; envelope = d.next() {
		stamp(envelope, d.now().UnixMilli())
		if err := d.submit(envelope); err != nil {
			d.shut(err)
		}
	}
}

// next waits for an envelope; nil when broken.
func (d *lead) next() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.queue.size == 0 && d.cause == nil {
		d.filled.Wait()
	}
	if d.cause != nil {
		return nil
	}
	envelope := d.queue.take()
	d.taken += len(envelope)
	if d.streamed.take(d.taken); d.streamed.size < maxStreamQueued {
		d.drained.Broadcast()
	}
	if d.queue.size < roomyQueued {
		d.full.vacate()
	}
	return envelope
}

// propose implements route.
func (d *lead) propose(record []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.accept(record); err != nil {
		return err
	}
	d.used = true
	return nil
}

// decide takes a record that nobody misses when it is lost.
func (d *lead) decide(record []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.accept(record)
}

// accept is called with mu held.
func (d *lead) accept(record []byte) error {
	switch {
	case d.cause != nil:
		return ErrNoLeader
	case d.queue.size+len(record) > maxQueued:
		return ErrBusy
	}
	d.add(record)
	return nil
}

// room implements route.
func (d *lead) room() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cause != nil || d.queue.size < roomyQueued {
		return roomy
	}
	return d.full.wait()
}

// forward takes a record of a follower, copying it, and waits while much is queued that came by streams. What is proposed
// here does not count: however much that is, the others go on.
func (d *lead) forward(record []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.streamed.size >= maxStreamQueued && d.cause == nil {
		d.drained.Wait()
	}
	if d.cause != nil {
		return ErrNoLeader
	}
	before := d.queue.size
	d.add(record)
	d.streamed.add(d.taken+d.queue.size, d.queue.size-before)
	return nil
}

func (d *lead) add(record []byte) {
	d.queue.add(record)
	d.filled.Signal()
}

// open implements route.
func (d *lead) open() bool { return true }

// broken implements route.
func (d *lead) broken() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cause
}

// shut breaks the lead: proposer and streams end, what is queued is dropped.
func (d *lead) shut(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cause != nil {
		return
	}
	d.cause = why
	d.filled.Broadcast()
	d.drained.Broadcast()
	d.full.vacate()
	for _, s := range d.streams {
		s.end()
	}
	d.broke()
}

// close implements route. The entry in flight has its outcome before it returns, unless raft is told to end: it may have
// forgotten the entry, and the proposer waits for ever.
func (d *lead) close(why error) bool {
	d.shut(why)
	select {
	case <-d.proposed:
	case <-d.ending:
	}
	d.running.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}
