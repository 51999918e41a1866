package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// batch is how many transactions are taken from the feed at once.
const batch = 64

// follower is one attachment: it publishes what the feed has after the stream's tail, until something goes wrong.
type follower struct {
	host      sdk.Host
	format    format
	out       outlet
	snapshots bool  // tell the current state after a gap
	at        place // of what was published last
}

// follow attaches to the stream and publishes until ctx ends or an error. It calls ready once it is attached. Before
// it returns, all it has sent is answered, so whoever attaches next reads a tail that is true. It returns how many
// messages were stored.
func (f *follower) follow(ctx context.Context, stream jetstream.Stream, js asyncPublisher, ready func()) (stored int, err error) {
	at, last, err := tail(ctx, stream)
	if err != nil {
		return 0, err
	}
	if err := checkHistory(ctx, f.host, at); err != nil {
		return 0, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	pipe := newPipeline(js, last, fail)
	f.at, f.out = at, pipe
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
		feed, err := f.host.Follow(ctx, sdk.Following{From: f.at.from()})
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

// gap publishes what must be told of changes that are gone, and whether the current state comes in their place.
func (f *follower) gap(ctx context.Context, floor int64) error {
	if floor <= f.at.from() {
		return fmt.Errorf("feed begins after %d, and refuses to go on after %d", floor, f.at.from())
	}
	c, err := f.readable(ctx)
	if err != nil {
		return err
	}
	if c != nil {
		defer c.close(ctx)
	}
	if err := f.out.publish(f.format.gap(f.at.zxid, floor, c != nil)); err != nil {
		return err
	}
	f.at = place{zxid: floor, size: 1, owed: c != nil}
	return f.reached(ctx)
}

// finish publishes the snapshot that is owed. One that the adapter may not take any more is told to be missing.
func (f *follower) finish(ctx context.Context) error {
	if !f.at.owed {
		return nil
	}
	c, err := f.readable(ctx)
	switch {
	case err != nil:
		return err
	case c == nil:
		f.at.owed = false
		return f.out.publish(f.format.complete(f.at.zxid, -1))
	}
	defer c.close(ctx)
	return f.snapshot(ctx, c)
}

func (f *follower) reached(ctx context.Context) error { return f.out.reached(ctx, f.at) }

// pump publishes what the feed gives until that ends.
func (f *follower) pump(ctx context.Context, feed sdk.Feed) error {
	txns := make([]sdk.Transaction, batch)
	for {
		n, err := feed.Next(ctx, txns)
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
		return fmt.Errorf("%w: it ends inside transaction %d of %d changes, and the tree has %d of %d there: another history",
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
		if err := f.out.publish(f.format.change(txn, index)); err != nil {
			return err
		}
	}
	f.at = place{zxid: txn.Zxid, index: len(txn.Changes) - 1, size: len(txn.Changes)}
	return nil
}
