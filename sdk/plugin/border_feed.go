package plugin

import (
	"context"
	"errors"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// feed follows the change log for the plugin until it closes the feed or the feed fails. A plugin that does not
// take leaves the feed where it is; when the core no longer keeps what comes next, Next says so.
func (b *border) feed(ctx context.Context, s *served, want sdk.Following) error {
	feed, err := b.host.Follow(ctx, want)
	if err != nil {
		return err
	}
	b.traffic.feeds.Add(1)
	defer b.traffic.feeds.Add(-1)
	err = b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Followed{Followed: &pluginpb.Followed{}}})
	if err == nil {
		err = forwardAll(ctx, b, s, feed.Next, cargo[sdk.Transaction]{transactionSize, transactionsFrame, func(cost int, list []sdk.Transaction) {
			b.traffic.transactions.Add(int64(len(list)))
			s.unused.add(cost, list)
		}})
	}
	return errors.Join(err, feed.Close())
}

func following(f *pluginpb.Follow) sdk.Following {
	want := sdk.Following{From: f.GetFrom()}
	for _, path := range f.GetPaths() {
		want.Paths = append(want.Paths, string(path))
	}
	for _, kind := range f.GetKinds() {
		want.Kinds = append(want.Kinds, sdk.ChangeKind(kind))
	}
	return want
}

func transactionsFrame(list []sdk.Transaction) *pluginpb.Frame {
	transactions := make([]*pluginpb.Transaction, len(list))
	for i := range list {
		transactions[i] = transaction(&list[i])
	}
	return &pluginpb.Frame{Body: &pluginpb.Frame_Transactions{Transactions: &pluginpb.Transactions{Transactions: transactions}}}
}
