package nats

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// strayEvery is how often the log has it that others publish to the stream.
const strayEvery = time.Minute

// followStream publishes to the stream. What others publish there is passed over, whenever it comes: when one of theirs
// takes the place that a message of ours was sent to, the end is looked for again, and the message sent behind it.
func (f *Frontend) followStream(stream jetstream.Stream) publisher {
	return func(ctx context.Context, host sdk.Host, b *broker, ready func()) (stored int, err error) {
		var js asyncPublisher = b.js
		if f.plant != nil {
			js = f.plant(js)
		}
		salted := f.settings.URL != "" // others may publish there
		e, err := f.tail(ctx, stream)
		for err == nil {
			open := func(last uint64, fail context.CancelCauseFunc) *pipeline {
				renew := func(last uint64) (uint64, error) { return f.passed(ctx, stream, last) }
				return newPipeline(js, last, renew, f.sealer, salted, &f.meter, fail)
			}
			n, fault := f.newFollower(host, b).follow(ctx, e, open, ready)
			stored += n
			taken := errors.Is(fault, errTaken)
			if !taken && !overtaken(fault) {
				return stored, fault
			}
			salted = salted || taken
			if e, err = f.tail(ctx, stream); err == nil && e.strays == 0 && !taken {
				return stored, fault // another copy was faster
			}
		}
		return stored, err
	}
}

// tail finds the end of the stream, and tells of the strays there.
func (f *Frontend) tail(ctx context.Context, stream jetstream.Stream) (end, error) {
	e, err := tail(ctx, stream, f.sealer)
	if err == nil {
		f.tellStrays(ctx, e.strays, e.last)
	}
	return e, err
}

// passed finds the end of a stream that had last as its last message. What has come since must be others'.
func (f *Frontend) passed(ctx context.Context, stream jetstream.Stream, last uint64) (uint64, error) {
	now, strays, err := since(ctx, stream, f.sealer, last)
	if err == nil && strays > 0 {
		f.tellStrays(ctx, strays, now)
	}
	return now, err
}

func (f *Frontend) tellStrays(ctx context.Context, strays, last uint64) {
	fresh := f.meter.passed(strays, last)
	if fresh == 0 {
		return
	}
	level := slog.LevelDebug
	if f.straysTold.IsZero() || time.Since(f.straysTold) >= strayEvery {
		level, f.straysTold = slog.LevelWarn, time.Now()
	}
	f.log.Log(ctx, level, "others publish to the stream: their messages are passed over", "stream", f.settings.Stream,
		"subjects", f.settings.Subject+".>", "messages", fresh, "last", last)
}
