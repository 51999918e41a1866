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
	s.info = sdk.SessionInfo{ID: opened.GetSessionId(), Timeout: time.Duration(opened.GetTimeoutNanos()), ReadOnly: opened.GetReadOnly()}
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
