package plugin

import (
	"context"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// session is a session that the core serves on the other side of the border.
type session struct {
	remote *remote
	call   *call
	info   sdk.SessionInfo
	got    received[sdk.Message] // used by the receiver alone
}

var _ sdk.Session = (*session)(nil)

func newSession(r *remote, c *call, opened *pluginpb.Opened) *session {
	s := &session{remote: r, call: c, got: received[sdk.Message]{remote: r, call: c, open: messagesOf}}
	s.info = sdk.SessionInfo{ID: opened.GetSessionId(), Timeout: time.Duration(opened.GetTimeoutNanos())}
	copy(s.info.Password[:], opened.GetPassword())
	return s
}

// Info implements sdk.Session.
func (s *session) Info() sdk.SessionInfo { return s.info }

// Submit implements sdk.Session. It waits while more is under way than the core wants to hold.
func (s *session) Submit(ctx context.Context, cookie uint64, o *sdk.Op) error {
	submit := &pluginpb.Frame_Submit{Submit: &pluginpb.Submit{Cookie: cookie, Op: op(o)}}
	encoded, err := encode(&pluginpb.Frame{Id: s.call.id, Body: submit})
	if err != nil {
		return err
	}
	if err := s.call.up.wait(ctx); err != nil {
		return err
	}
	s.call.up.take(len(encoded))
	if err := s.remote.link.send(ctx, encoded); err != nil {
		s.call.up.give(len(encoded))
		return err
	}
	return nil
}

// Next implements sdk.Session.
func (s *session) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	return s.got.next(ctx, dst)
}

// Close implements sdk.Session.
func (s *session) Close() error {
	s.remote.forget(s.call)
	s.call.finish(sdk.ErrSessionClosed)
	return nil
}

func messagesOf(frame *pluginpb.Frame) []sdk.Message {
	return each(frame.GetMessages().GetMessages(), messageOf)
}

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

// received gives out what has come, frame by frame, and gives the core its window back for each that is used up.
type received[T any] struct {
	remote *remote
	call   *call
	open   func(*pluginpb.Frame) []T
	rest   []T
	cost   int // of the frame that rest is of
}

func (r *received[T]) next(ctx context.Context, dst []T) (int, error) {
	for len(r.rest) == 0 {
		d, err := r.call.in.take(ctx)
		if err != nil {
			return 0, err
		}
		r.rest, r.cost = r.open(d.frame), d.cost
	}
	n := copy(dst, r.rest)
	r.rest = r.rest[n:]
	if len(r.rest) == 0 {
		credit := &pluginpb.Frame_Credit{Credit: &pluginpb.Credit{Bytes: uint32(r.cost)}}
		// A stream that is lost is told by the next take.
		_ = r.remote.link.tell(r.remote.life, &pluginpb.Frame{Id: r.call.id, Body: credit})
	}
	return n, nil
}
