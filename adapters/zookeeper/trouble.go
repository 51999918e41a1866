package zookeeper

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// trouble counts what went wrong since the server was made, for mntr.
type trouble struct {
	refused         atomic.Int64 // connections over a limit
	malformed       atomic.Int64 // connections closed for what nobody can read
	large           atomic.Int64 // requests over the frame limit that were answered
	slow            atomic.Int64 // connections closed because the client did not read
	silent          atomic.Int64 // connections closed because no handshake came
	unauthenticated atomic.Int64 // steps of logins by SASL that failed
}

// tell counts and logs why a connection is over.
func (s *Server) tell(ctx context.Context, c *conn, what string, why error) {
	count, blame := &s.trouble.malformed, s.cfg.Metrics.Malformed
	switch {
	case errors.Is(why, errTooMany):
		count, blame = &s.trouble.refused, s.cfg.Metrics.Refused
	case errors.Is(why, errSlow), errors.Is(why, sdk.ErrOverwhelmed):
		count, blame = &s.trouble.slow, s.cfg.Metrics.Slow
	case isFrameError(why), errors.Is(why, wire.ErrMalformed):
	case errors.Is(why, os.ErrDeadlineExceeded): // only the handshake has one for reading
		s.trouble.silent.Add(1)
		fallthrough
	default:
		s.log.DebugContext(ctx, what, "remote", c.socket.RemoteAddr(), "why", why)
		return
	}
	count.Add(1)
	blame.Add(1)
	s.complain(ctx, c, what, why)
}

// complain logs what a client did wrong: a warning is worth it, but not many.
func (s *Server) complain(ctx context.Context, c *conn, what string, why error) {
	level := slog.LevelWarn
	if !s.complaints.allow(c.address, time.Now()) {
		level = slog.LevelDebug
	}
	s.log.Log(ctx, level, what, "remote", c.socket.RemoteAddr(), "why", why)
}

func isFrameError(err error) bool {
	frame := new(wire.FrameError)
	return errors.As(err, &frame)
}
