package plugin

import (
	"context"
	"errors"
	"io"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// feed is a feed that the core serves on the other side of the border.
type feed struct {
	remote *remote
	call   *call
	got    received[sdk.Transaction]
}

var _ sdk.Feed = (*feed)(nil)

func newFeed(r *remote, c *call) *feed {
	return &feed{remote: r, call: c, got: received[sdk.Transaction]{remote: r, call: c, open: transactionsOf}}
}

// Next implements sdk.Feed.
func (f *feed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	return f.got.next(ctx, dst)
}

// Close implements sdk.Feed.
func (f *feed) Close() error {
	f.remote.forget(f.call)
	f.call.finish(errFeedClosed)
	return nil
}

var errFeedClosed = &crossed{text: "feed is closed"}

func transactionsOf(frame *pluginpb.Frame) []sdk.Transaction {
	return each(frame.GetTransactions().GetTransactions(), transactionOf)
}

// snapshot is a snapshot that the core serves on the other side of the border.
type snapshot struct {
	remote *remote
	call   *call
	zxid   int64
	got    received[sdk.Change]
}

var _ sdk.Snapshot = (*snapshot)(nil)

func newSnapshot(r *remote, c *call, zxid int64) *snapshot {
	return &snapshot{remote: r, call: c, zxid: zxid, got: received[sdk.Change]{remote: r, call: c, open: changesOf}}
}

// Zxid implements sdk.Snapshot.
func (s *snapshot) Zxid() int64 { return s.zxid }

// Next implements sdk.Snapshot. The end is io.EOF itself, as readers compare it.
func (s *snapshot) Next(ctx context.Context, dst []sdk.Change) (int, error) {
	n, err := s.got.next(ctx, dst)
	if errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return n, err
}

// Close implements sdk.Snapshot.
func (s *snapshot) Close() error {
	s.remote.forget(s.call)
	s.call.finish(errSnapshotClosed)
	return nil
}

var errSnapshotClosed = &crossed{text: "snapshot is closed"}

func changesOf(frame *pluginpb.Frame) []sdk.Change {
	return each(frame.GetChanges().GetChanges(), changeOf)
}
