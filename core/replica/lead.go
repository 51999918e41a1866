package replica

import (
	"sync"
	"time"
)

// lead is this node's leadership in one term: what is proposed here and what comes from the followers' streams is
// packed, and goes to raft one entry at a time, see flight.
type lead struct {
	term   uint64
	submit func(envelope []byte) outcome // gives an entry to raft
	now    func() time.Time
	broke  func()          // called once, by whoever breaks it
	ending <-chan struct{} // closed when raft is told to end: it may never say then what became of an entry

	mu       sync.Mutex // guards all below
	queue    packer
	flight   flight
	taken    int                // bytes that have left the queue
	streamed share              // of the queue, by streams
	used     bool               // something was proposed on this node
	cause    error              // set once: broken
	streams  map[string]*stream // of each follower at most one
	moved    sync.Cond          // the next entry may go, or broken
	drained  sync.Cond          // less than maxStreamQueued of the queue has come by streams, or broken
	full     room               // until queue is below roomyQueued, or broken

	outcomes chan outcome   // of the entries in flight, oldest first; closed when no more will come
	landed   chan struct{}  // closed when all of them have been heard
	running  sync.WaitGroup // the streams
}

// newLead starts the proposer, which ends when the lead breaks, and who hears the outcomes, which ends after the last.
func newLead(
	term uint64, maxEntry int, now func() time.Time, submit func([]byte) outcome, broke func(), ending <-chan struct{},
) *lead {
	d := &lead{
		term: term, submit: submit, now: now, broke: broke, ending: ending,
		outcomes: make(chan outcome, maxFlight), landed: make(chan struct{}),
		queue: packer{term: term, max: maxEntry}, streams: make(map[string]*stream),
	}
	d.moved.L, d.drained.L = &d.mu, &d.mu
	go d.run()
	go d.land()
	return d
}

// run is the proposer. It never waits for land: there is room for as many outcomes as may be in flight.
func (d *lead) run() {
	defer close(d.outcomes)
	for envelope := d.next(); envelope != nil; envelope = d.next() {
		stamp(envelope, d.now().UnixMilli())
		d.outcomes <- d.submit(envelope)
	}
}

// next waits until an envelope may go; nil when broken.
func (d *lead) next() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.ready() && d.cause == nil {
		d.moved.Wait()
	}
	if d.cause != nil {
		return nil
	}
	d.flight.sent++
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

// ready reports whether the proposer has something to do. mu is held.
func (d *lead) ready() bool { return d.queue.size > 0 && d.flight.clear() }

// wake wakes the proposer, if it has something to do. mu is held.
func (d *lead) wake() {
	if d.ready() {
		d.moved.Signal()
	}
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
	d.wake()
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
	d.moved.Broadcast()
	d.drained.Broadcast()
	d.full.vacate()
	for _, s := range d.streams {
		s.end()
	}
	d.broke()
}

// close implements route. What is in flight has landed before it returns, unless raft is told to end: it may have forgotten
// an entry, whose outcome is waited for for ever.
func (d *lead) close(why error) bool {
	d.shut(why)
	select {
	case <-d.landed:
	case <-d.ending:
	}
	d.running.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}
