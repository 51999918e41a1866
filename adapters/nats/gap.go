package nats

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// gap publishes what must be told of changes that are gone, and the current state in their place, or what of it there is.
func (f *follower) gap(ctx context.Context, floor int64) error {
	if floor <= f.at.from() {
		return fmt.Errorf("feed begins after %d, and refuses to go on after %d", floor, f.at.from())
	}
	if done, err := f.leap(ctx); done || err != nil {
		return err
	}
	c, err := f.readable(ctx)
	if err != nil {
		return err
	}
	if c != nil {
		defer c.close(ctx)
	}
	return f.jump(ctx, floor, c != nil)
}

// jump tells a gap from where the stream is to zxid.
func (f *follower) jump(ctx context.Context, zxid int64, follows bool) error {
	f.meter.gaps.Add(1)
	f.log.Warn("changes are missing, which is marked", "after", f.at.zxid, "to", zxid, "snapshot", follows)
	if err := f.tell(f.format.gap(f.at.zxid, zxid, follows), 0); err != nil {
		return err
	}
	f.at = place{zxid: zxid, size: 1, owed: follows}
	return f.reached(ctx)
}

// finish publishes the snapshot that is owed. One that the adapter may not take any more is told to be missing.
func (f *follower) finish(ctx context.Context) error {
	if !f.at.owed {
		return nil
	}
	if done, err := f.leap(ctx); done || err != nil {
		return err
	}
	c, err := f.readable(ctx)
	switch {
	case err != nil:
		return err
	case c == nil:
		f.at.owed = false
		return f.tell(f.format.complete(f.at.zxid, -1), 0)
	}
	defer c.close(ctx)
	return f.snapshot(ctx, c)
}

// leap tells a gap up to the moment of a snapshot that the core takes, and that snapshot, when it takes one: then what
// follows neither repeats nor misses anything. It reports whether it did.
func (f *follower) leap(ctx context.Context) (done bool, err error) {
	host, ok := f.host.(sdk.Snapshotter)
	if !ok || !f.snapshots {
		return false, nil
	}
	shot, err := host.Snapshot(ctx, f.filter.root())
	if errors.Is(err, sdk.CodeUnimplemented) || errors.Is(err, sdk.CodeNoAuth) || errors.Is(err, sdk.CodeNoNode) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("snapshot: %w", err)
	}
	if shot.Zxid() < f.at.zxid {
		return false, errors.Join(fmt.Errorf("snapshot of %d, and the stream is at %d: this node is behind", shot.Zxid(), f.at.zxid), shot.Close())
	}
	if !f.at.owed || shot.Zxid() > f.at.zxid { // else the gap stands there
		err = f.jump(ctx, shot.Zxid(), true)
	}
	if err == nil {
		err = f.show(ctx, shot)
	}
	return true, errors.Join(err, shot.Close())
}

// show publishes the nodes of a snapshot, and its end.
func (f *follower) show(ctx context.Context, shot sdk.Snapshot) error {
	nodes := make([]sdk.Change, atOnce)
	for {
		n, err := shot.Next(ctx, nodes)
		for i := range n {
			if !f.filter.shows(nodes[i].Path) {
				continue
			}
			if err := f.node(f.format.state(shot.Zxid(), &nodes[i]), nodes[i].Path); err != nil {
				return err
			}
		}
		clear(nodes[:n])
		switch {
		case errors.Is(err, io.EOF):
			return f.end(0)
		case err != nil:
			return fmt.Errorf("snapshot: %w", err)
		}
	}
}

// end tells that a snapshot is complete, but for so many nodes.
func (f *follower) end(skipped int) error {
	f.meter.snapshots.Add(1)
	f.at = place{zxid: f.at.zxid, size: 1}
	return f.tell(f.format.complete(f.at.zxid, skipped), 0)
}
