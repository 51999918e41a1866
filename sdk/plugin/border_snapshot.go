package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// snapshot sends a part of the tree to the plugin; io.EOF ends it. A plugin that does not take holds up nothing but its
// own snapshot.
func (b *border) snapshot(ctx context.Context, s *served, path string) error {
	host, ok := b.host.(sdk.Snapshotter)
	if !ok {
		return fmt.Errorf("snapshot: %w", sdk.CodeUnimplemented)
	}
	snapshot, err := host.Snapshot(ctx, path)
	if err != nil {
		return err
	}
	b.traffic.snapshots.Add(1)
	defer b.traffic.snapshots.Add(-1)
	begun := &pluginpb.Snapshotted{Zxid: snapshot.Zxid()}
	err = b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Snapshotted{Snapshotted: begun}})
	if err == nil {
		err = forwardAll(ctx, b, s, snapshot.Next, cargo[sdk.Change]{changeSize, changesFrame, func(int, []sdk.Change) {}})
	}
	return errors.Join(err, snapshot.Close())
}

func changesFrame(list []sdk.Change) *pluginpb.Frame {
	return &pluginpb.Frame{Body: &pluginpb.Frame_Changes{Changes: &pluginpb.Changes{Changes: each(list, change)}}}
}
