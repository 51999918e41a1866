package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What may be under way at once. A single message larger than the bytes goes alone.
const (
	windowMessages = 1024
	windowBytes    = 16 << 20
)

// asyncPublisher is what a pipeline needs of JetStream; tests put one that loses and delays in its place.
type asyncPublisher interface {
	PublishMsgAsync(msg *nats.Msg, opts ...jetstream.PublishOpt) (jetstream.PubAckFuture, error)
}

// pipeline publishes messages each of which the server takes only directly after the one before. One goroutine
// publishes; another collects the answers, and ends with close.
type pipeline struct {
	js        asyncPublisher
	last      uint64 // sequence of the message published last
	renew     func(last uint64) (uint64, error)
	id        string // of that message; empty at first
	sealer    sealer
	salt      string // what no stranger can know
	salted    bool   // ids have it at their end, as others may publish messages with what they are without it
	flying    chan flight
	stored    int // messages the server has taken; to be read after close
	meter     *meter
	collected chan struct{}
	fail      context.CancelCauseFunc // called with the first fault

	mu    sync.Mutex // guards bytes
	room  sync.Cond  // bytes has become smaller
	bytes int        // under way
}

var _ outlet = (*pipeline)(nil)

// flight is a message that the server has not answered yet.
type flight struct {
	ack      jetstream.PubAckFuture
	sequence uint64 // it must get
	size     int
	moment   moment
}

// errTaken is the fault of a message whose id somebody has used before: the server has kept that message, and not ours.
var errTaken = errors.New("another message has its id")

// saltLen is how long a salt is.
const saltLen = 8

// newPipeline publishes behind the message with sequence last, or what renew has in its place when there is something to
// publish. It calls fail when a message was not stored where it must be; then no later one has been.
func newPipeline(js asyncPublisher, last uint64, renew func(last uint64) (uint64, error), s sealer, salted bool, m *meter,
	fail context.CancelCauseFunc) *pipeline {
	p := &pipeline{
		js: js, last: last, renew: renew, sealer: s, salt: rand.Text()[:saltLen], salted: salted, fail: fail, meter: m,
		flying: make(chan flight, windowMessages), collected: make(chan struct{}),
	}
	p.room.L = &p.mu
	go p.collect()
	return p
}

// publish sends a message. It waits while too much is under way, which ends because every message is answered, or
// given up, within publishTimeout.
func (p *pipeline) publish(msg *nats.Msg, at moment) error {
	if p.id == "" { // much may have come since the end was looked for
		last, err := p.renew(p.last)
		if err != nil {
			return err
		}
		p.last = last
	}
	size := len(msg.Data)
	p.reserve(size)
	p.bind(msg.Header)
	ack, err := p.js.PublishMsgAsync(msg, jetstream.WithRetryAttempts(0)) // a retry would overtake
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	p.last++
	p.meter.sent.Add(1)
	p.flying <- flight{ack: ack, sequence: p.last, size: size, moment: at}
	return nil
}

// bind has the server take the message directly behind the one before, or not at all. The sequence alone does not do that:
// when somebody else's message takes the place of one, the next would find the sequence that it expects. So it expects
// the id of that one as well.
func (p *pipeline) bind(header nats.Header) {
	header.Set(headerLast, strconv.FormatUint(p.last, 10))
	if p.id != "" {
		header.Set(headerLastID, p.id)
	}
	switch p.id = header.Get(headerID); {
	case p.id == "":
		p.id = p.salt + "-" + strconv.FormatUint(p.last+1, 10)
	case p.salted:
		p.id += "-" + p.salt
	}
	header.Set(headerID, p.id)
	header.Set(headerSeal, p.sealer.seal(p.last+1, header))
}

// reached implements outlet: the stream itself keeps the place.
func (p *pipeline) reached(context.Context, place) error { return nil }

// close waits until everything under way is answered.
func (p *pipeline) close() {
	close(p.flying)
	<-p.collected
}

func (p *pipeline) collect() {
	defer close(p.collected)
	for f := range p.flying {
		if err := f.landed(); err != nil {
			p.fail(err)
		} else {
			p.stored++
			p.meter.took(f.moment)
		}
		p.release(f.size)
	}
}

// landed waits for the answer.
func (f flight) landed() error {
	select {
	case ack := <-f.ack.Ok():
		switch {
		case ack.Sequence == f.sequence:
			return nil
		case ack.Duplicate:
			return fmt.Errorf("message %d: %w, message %d", f.sequence, errTaken, ack.Sequence)
		default:
			return fmt.Errorf("message was stored as %d, not as %d", ack.Sequence, f.sequence)
		}
	case err := <-f.ack.Err():
		return fmt.Errorf("message %d: %w", f.sequence, err)
	}
}

func (p *pipeline) reserve(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.bytes > 0 && p.bytes+size > windowBytes {
		p.room.Wait()
	}
	p.bytes += size
}

func (p *pipeline) release(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes -= size
	p.room.Signal()
}
