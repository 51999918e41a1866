package plugin

import (
	"context"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// cargo is how a list of something goes to the plugin: in frames, each of which is counted when it is sent.
type cargo[T any] struct {
	size  func(*T) int // about what one takes in a frame
	frame func([]T) *pluginpb.Frame
	count func(cost int, list []T)
}

// forwardAll sends what next gives until it fails or ctx ends, and returns why. It takes nothing while the plugin's
// window is used up.
func forwardAll[T any](ctx context.Context, b *border, s *served, next func(context.Context, []T) (int, error),
	c cargo[T]) error {
	got := make([]T, batch)
	for {
		if err := s.down.wait(ctx); err != nil {
			return err
		}
		n, err := next(ctx, got)
		if sent := sendAll(ctx, b, s, got[:n], c); sent != nil {
			return sent
		}
		if err != nil {
			return because(ctx, err)
		}
		clear(got[:n])
	}
}

// sendAll sends a list in frames of about frameGoal, each of which waits for room in the plugin's window.
func sendAll[T any](ctx context.Context, b *border, s *served, list []T, c cargo[T]) error {
	for len(list) > 0 {
		n, total := 0, 0
		for n < len(list) && total < frameGoal {
			total += c.size(&list[n])
			n++
		}
		out := c.frame(list[:n])
		out.Id = s.id
		encoded, err := encode(out)
		if err != nil {
			return err
		}
		if err := s.down.wait(ctx); err != nil {
			return err
		}
		s.down.take(len(encoded))
		c.count(len(encoded), list[:n])
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
