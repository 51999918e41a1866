package nats

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/sdk"
)

// outlet is where messages go: a stream, or plain NATS. One goroutine uses it.
type outlet interface {
	// publish sends a message behind those before.
	publish(msg *nats.Msg, at moment) error
	// reached is told, now and then, the place that everything published comes to.
	reached(ctx context.Context, at place) error
}

// plain publishes without JetStream: who is not there does not hear it. What the server has taken is remembered for
// as long as the process lives, so that an absence of the server is no loss.
type plain struct {
	conn   *nats.Conn
	stored int
	meter  *meter
	last   moment
	keep   func(place)
}

func (p *plain) publish(msg *nats.Msg, at moment) error {
	if err := p.conn.PublishMsg(msg); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	p.stored++
	p.last = at
	p.meter.sent.Add(1)
	return nil
}

// reached asks the server whether it has got everything.
func (p *plain) reached(ctx context.Context, at place) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := p.conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	p.keep(at)
	for p.meter.taken.Load() < p.meter.sent.Load() {
		p.meter.took(p.last)
	}
	return nil
}

// followPlain publishes what is committed from now on, or since what was taken last, until ctx ends or an error. What
// was before is told as a gap.
func (f *Frontend) followPlain(ctx context.Context, host sdk.Host, b *broker, ready func()) (stored int, err error) {
	out := &plain{conn: b.conn, meter: &f.meter, keep: func(at place) { f.reached = &at }}
	w := f.newFollower(host, b)
	w.out = out
	if f.reached == nil {
		status, err := host.Status(ctx)
		if err != nil {
			return 0, fmt.Errorf("status: %w", err)
		}
		w.at = place{zxid: status.Zxid, size: 1}
		if err := w.tell(w.format.gap(0, status.Zxid, false), 0); err != nil {
			return 0, err
		}
		err = out.reached(ctx, w.at)
		if err != nil {
			return 0, err
		}
	} else {
		w.at = *f.reached
	}
	err = w.run(ctx, ready)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return out.stored, err
}
