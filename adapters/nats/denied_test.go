package nats

import (
	"context"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Open implements sdk.Host: the fake tree has a feed and nothing else, as for an adapter without other grants.
func (f *fakeTree) Open(context.Context, sdk.Login) (sdk.Session, error) {
	return &denied{replies: make(chan sdk.Message, 100)}, nil
}

// denied is a session that may do nothing.
type denied struct{ replies chan sdk.Message }

func (d *denied) Info() sdk.SessionInfo { return sdk.SessionInfo{ID: 1, Timeout: time.Minute} }
func (d *denied) Close() error          { return nil }

func (d *denied) Submit(_ context.Context, cookie uint64, op *sdk.Op) error {
	d.replies <- sdk.Message{Cookie: cookie, Kind: op.Kind, Code: sdk.CodeNoAuth}
	return nil
}

func (d *denied) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	select {
	case dst[0] = <-d.replies:
		return 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
