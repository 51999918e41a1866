package plugin

import (
	"context"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

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
