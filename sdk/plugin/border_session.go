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
	info := session.Info()
	opened := &pluginpb.Opened{
		SessionId: info.ID, Password: info.Password[:], TimeoutNanos: int64(info.Timeout), Window: submitWindow,
	}
	if err := b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Opened{Opened: opened}}); err != nil {
		return errors.Join(err, session.Close())
	}
	submitted := make(chan struct{})
	go func() { // ended by ctx, or by the session
		defer close(submitted)
		b.submitAll(ctx, s, session)
	}()
	err = b.forward(ctx, s, session)
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

// forward sends what the session receives. It takes nothing from the core while the plugin's window is used up.
func (b *border) forward(ctx context.Context, s *served, session sdk.Session) error {
	got := make([]sdk.Message, batch)
	for {
		if err := s.down.wait(ctx); err != nil {
			return err
		}
		n, err := session.Next(ctx, got)
		if sent := sendAll(ctx, b, s, got[:n], messageSize, messagesFrame); sent != nil {
			return sent
		}
		if err != nil {
			return because(ctx, err)
		}
		clear(got[:n])
	}
}

func messagesFrame(list []sdk.Message) *pluginpb.Frame {
	messages := make([]*pluginpb.Message, len(list))
	for i := range list {
		messages[i] = message(&list[i])
	}
	return &pluginpb.Frame{Body: &pluginpb.Frame_Messages{Messages: &pluginpb.Messages{Messages: messages}}}
}

// sendAll sends a list in frames of about frameGoal, each of which waits for room in the plugin's window.
func sendAll[T any](ctx context.Context, b *border, s *served, list []T, size func(*T) int, frame func([]T) *pluginpb.Frame) error {
	for len(list) > 0 {
		n, total := 0, 0
		for n < len(list) && total < frameGoal {
			total += size(&list[n])
			n++
		}
		out := frame(list[:n])
		out.Id = s.id
		encoded, err := encode(out)
		if err != nil {
			return err
		}
		if err := s.down.wait(ctx); err != nil {
			return err
		}
		s.down.take(len(encoded))
		if err := b.link.send(ctx, encoded); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// because prefers the reason that ctx was ended for over what was made of it.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
