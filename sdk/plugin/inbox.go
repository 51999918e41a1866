package plugin

import (
	"context"
	"sync"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// delivery is a frame as it came, with what it cost its sender's window.
type delivery struct {
	frame *pluginpb.Frame
	cost  int
}

// inbox is what has come for one session, feed or request. The stream's reader puts without ever waiting, one
// goroutine takes; the sender's window is what bounds it.
type inbox struct {
	wake chan struct{} // holds a token when something was put, or the end has come

	mu   sync.Mutex // guards what follows
	held []delivery
	cost int // of all that is held
	err  error
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put adds a delivery and returns the cost of all that is held.
func (b *inbox) put(d delivery) int {
	b.mu.Lock()
	b.held = append(b.held, d)
	b.cost += d.cost
	cost := b.cost
	b.mu.Unlock()
	nudge(b.wake)
	return cost
}

// left is the cost of what nobody has taken.
func (b *inbox) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cost
}

// end makes take return err once it has given what is held. Only the first end counts.
func (b *inbox) end(err error) {
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	b.mu.Unlock()
	nudge(b.wake)
}

// take waits for a delivery, for the end, or until ctx ends.
func (b *inbox) take(ctx context.Context) (delivery, error) {
	for {
		if d, ok, err := b.poll(); ok || err != nil {
			return d, err
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			return delivery{}, context.Cause(ctx)
		}
	}
}

func (b *inbox) poll() (d delivery, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) == 0 {
		b.held = nil // let go of the array that has been walked through
		return delivery{}, false, b.err
	}
	d = b.held[0]
	b.held[0] = delivery{}
	b.held = b.held[1:]
	b.cost -= d.cost
	return d, true, nil
}
