package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/sdk"
)

// batch is how many transactions are taken from the feed at once.
const batch = 64

// follower is one attachment: it publishes what the feed has after the stream's tail, until something goes wrong.
type follower struct {
	host      sdk.Host
	format    format
	out       outlet
	filter    filter
	snapshots bool // tell the current state after a gap
	meter     *meter
	log       *slog.Logger
	at        place // of what was published last
	markEvery time.Duration
	marked    time.Time // when something was published last
}

// follow publishes behind the end of a stream until ctx ends or an error. It calls ready once it is attached. Before it
// returns, all it has sent is answered, so whoever attaches next reads a tail that is true. It returns how many messages
// were stored.
func (f *follower) follow(ctx context.Context, e end, open func(last uint64, fail context.CancelCauseFunc) *pipeline, ready func()) (stored int, err error) {
	if err := checkHistory(ctx, f.host, e.at); err != nil {
		return 0, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	pipe := open(e.last, fail)
	f.at, f.out = e.at, pipe
	err = f.run(ctx, ready)
	pipe.close()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return pipe.stored, err
}

// checkHistory does not go on with a stream that is ahead of the tree: it was filled from another tree, or from this
// one before it was set back, and what comes next would be missing in it. Only a leader knows that it has everything.
func checkHistory(ctx context.Context, host sdk.Host, at place) error {
	status, err := host.Status(ctx)
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	if status.Role == sdk.RoleLeader && status.Serving && status.Zxid < at.zxid {
		return fmt.Errorf("the stream ends with zxid %d and the tree with %d: it has another tree's history", at.zxid, status.Zxid)
	}
	return nil
}

// run follows the feed, and goes on behind a gap when the feed no longer has what comes next. A snapshot that was not
// finished is begun again.
func (f *follower) run(ctx context.Context, ready func()) error {
	for {
		if err := f.finish(ctx); err != nil {
			return err
		}
		feed, err := f.host.Follow(ctx, f.filter.following(f.at.from()))
		if err == nil {
			ready()
			err = errors.Join(f.pump(ctx, feed), feed.Close())
		}
		compacted, ok := errors.AsType[*sdk.CompactedError](err)
		if !ok {
			return err
		}
		if err := f.gap(ctx, compacted.Floor); err != nil {
			return err
		}
	}
}

func (f *follower) reached(ctx context.Context) error { return f.out.reached(ctx, f.at) }

// pump publishes what the feed gives until that ends.
func (f *follower) pump(ctx context.Context, feed sdk.Feed) error {
	txns := make([]sdk.Transaction, batch)
	for {
		f.meter.waits.Store(true)
		n, err := feed.Next(ctx, txns)
		f.meter.waits.Store(n == 0)
		for i := range n {
			if err := f.publish(ctx, &txns[i]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := f.reached(ctx); err != nil {
			return err
		}
		clear(txns[:n])
	}
}

// publish sends the changes of a transaction that the stream does not have yet.
func (f *follower) publish(ctx context.Context, txn *sdk.Transaction) error {
	first := 0
	switch {
	case !f.at.whole() && (txn.Zxid != f.at.zxid || len(txn.Changes) != f.at.size):
		return fmt.Errorf("%w: it ends inside transaction %d of %d changes, and the tree has %d of %d there: another history, or another filter",
			errRefused, f.at.zxid, f.at.size, txn.Zxid, len(txn.Changes))
	case !f.at.whole():
		first = f.at.index + 1
	case txn.Zxid <= f.at.zxid:
		return fmt.Errorf("feed gave %d after %d", txn.Zxid, f.at.zxid)
	}
	for index := first; index < len(txn.Changes); index++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := f.change(txn, index); err != nil {
			return err
		}
	}
	f.at = place{zxid: txn.Zxid, index: len(txn.Changes) - 1, size: len(txn.Changes)}
	return f.mark(txn)
}

// change publishes one change, or a mark in its place when no message can hold it: one that the server never takes would
// hold up all after it.
func (f *follower) change(txn *sdk.Transaction, index int) error {
	msg := f.format.change(txn, index)
	if size, fits := f.format.fits(msg); !fits {
		f.meter.skipped.Add(1)
		f.log.Warn("a change is left out, and marked", "zxid", txn.Zxid, "path", txn.Changes[index].Path, "bytes", size, "limit", f.format.maxPayload)
		msg = f.format.skipped(txn, index, size)
	}
	return f.tell(msg, txn.Time)
}

// tell publishes a message of a moment, at the place that its header says.
func (f *follower) tell(msg *nats.Msg, millis int64) error {
	if msg.Header.Get(headerCut) != "" {
		f.meter.truncated.Add(1)
	}
	at, err := placeOf(msg.Header)
	if err != nil {
		panic(fmt.Sprintf("nats: message without a place: %v", err))
	}
	f.marked = time.Now()
	return f.out.publish(msg, moment{at.zxid, millis})
}

// mark publishes how far the adapter has looked, when it is long ago that something passed the filter.
func (f *follower) mark(txn *sdk.Transaction) error {
	if len(txn.Changes) > 0 || time.Since(f.marked) < f.markEvery {
		return nil
	}
	return f.tell(f.format.progress(txn.Zxid), txn.Time)
}
