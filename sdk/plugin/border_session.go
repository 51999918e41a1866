package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// session opens a session and serves it until it ends or the plugin closes it.
func (b *border) session(ctx context.Context, s *served, login sdk.Login) error {
	session, err := b.host.Open(ctx, login)
	if err != nil {
		return err
	}
	b.traffic.sessions.Add(1)
	defer b.traffic.sessions.Add(-1)
	info := session.Info()
	opened := &pluginpb.Opened{
		SessionId: info.ID, Password: info.Password[:], TimeoutNanos: int64(info.Timeout), Window: submitWindow, ReadOnly: info.ReadOnly,
	}
	if err := b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Opened{Opened: opened}}); err != nil {
		return errors.Join(err, session.Close())
	}
	submitted := make(chan struct{})
	go func() { // ended by ctx, or by the session
		defer close(submitted)
		b.submitAll(ctx, s, session)
	}()
	err = forwardAll(ctx, b, s, session.Next, cargo[sdk.Message]{messageSize, messagesFrame, func(_ int, list []sdk.Message) {
		b.traffic.messages.Add(int64(len(list)))
	}})
	s.end(nil)
	<-submitted
	return errors.Join(err, session.Close())
}

// submitAll hands over the plugin's operations one after the other, and gives its window back as the session takes
// them. A session that has ended needs no word from here: Next tells it, after the replies that are left.
func (b *border) submitAll(ctx context.Context, s *served, session sdk.Session) {
	for {
		d, err := s.up.take(ctx)
		if err != nil {
			return
		}
		b.held.Add(-int64(d.cost))
		submit := d.frame.GetSubmit()
		op := opOf(submit.GetOp())
		if err := session.Submit(ctx, submit.GetCookie(), &op); err != nil {
			if !errors.Is(err, sdk.ErrSessionClosed) {
				s.end(fmt.Errorf("%w: %w", sdk.ErrSessionClosed, err))
			}
			return
		}
		credit := &pluginpb.Credit{Bytes: uint32(d.cost)}
		if b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Credit{Credit: credit}}) != nil {
			return
		}
	}
}

func messagesFrame(list []sdk.Message) *pluginpb.Frame {
	messages := make([]*pluginpb.Message, len(list))
	for i := range list {
		messages[i] = message(&list[i])
	}
	return &pluginpb.Frame{Body: &pluginpb.Frame_Messages{Messages: &pluginpb.Messages{Messages: messages}}}
}
