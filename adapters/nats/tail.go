package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	mostAtOnce = 8   // messages that are asked for at the same time: each may be large
	widestLook = 512 // messages that are looked at before the next ones are
)

// end is how far a stream has got.
type end struct {
	at     place  // that the last message of ours tells; the zero place when there is none
	last   uint64 // sequence of the last message, whosever it is
	strays uint64 // messages of others behind the last one of ours
}

// tail finds the end of the stream. It goes back from the last message, over those that others have published there, each
// of which it looks at once. A stream that has nothing of ours has its beginning before it: what the feed still has is
// published again rather than skipped.
func tail(ctx context.Context, stream jetstream.Stream, s sealer) (end, error) {
	info, err := infoOf(ctx, stream)
	if err != nil {
		return end{}, err
	}
	e := end{last: info.State.LastSeq}
	if info.State.Msgs == 0 {
		return e, nil
	}
	width := uint64(1)
	for high := e.last; high >= info.State.FirstSeq && high > 0; width = min(8*width, widestLook) {
		low := max(info.State.FirstSeq, high-min(high, width)+1)
		found, err := look(ctx, stream, s, low, high)
		if err != nil {
			return end{}, err
		}
		for _, m := range slices.Backward(found) {
			if m.ours {
				e.at = m.at
				return e, nil
			}
			if m.there {
				e.strays++
			}
		}
		high = low - 1
	}
	return e, nil
}

// errBehind is that of who would publish behind a message of ours that he has not seen.
var errBehind = errors.New("another copy has published")

// since finds the end of a stream that had last as its last message, and counts what others have published since. What
// comes while it looks it looks at one by one, so that hardly any time is left for more before a message is sent.
func since(ctx context.Context, stream jetstream.Stream, s sealer, last uint64) (now, strays uint64, err error) {
	info, err := infoOf(ctx, stream)
	if err != nil {
		return 0, 0, err
	}
	if now = info.State.LastSeq; now < last {
		return 0, 0, fmt.Errorf("the stream ends with message %d, and had message %d before", now, last)
	}
	for low := max(last+1, info.State.FirstSeq); low <= now; low += widestLook {
		found, err := look(ctx, stream, s, low, min(now, low+widestLook-1))
		if err != nil {
			return 0, 0, err
		}
		for _, m := range found {
			if m.ours {
				return 0, 0, errBehind
			}
			if m.there {
				strays++
			}
		}
	}
	for range widestLook {
		next, err := lookAt(ctx, stream, s, now+1)
		switch {
		case err != nil:
			return 0, 0, err
		case next.ours:
			return 0, 0, errBehind
		case !next.there:
			return now, strays, nil
		}
		now++
		strays++
	}
	return now, strays, nil
}

func infoOf(ctx context.Context, stream jetstream.Stream, options ...jetstream.StreamInfoOpt) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	info, err := stream.Info(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	return info, nil
}

// looked is what a sequence of the stream has.
type looked struct {
	there, ours bool
	at          place // when it is ours
}

// look reads the messages from low to high.
func look(ctx context.Context, stream jetstream.Stream, s sealer, low, high uint64) ([]looked, error) {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	found := make([]looked, high-low+1)
	var readers sync.WaitGroup
	for first := range min(mostAtOnce, high-low+1) {
		readers.Go(func() {
			for i := first; i < uint64(len(found)) && reading.Err() == nil; i += mostAtOnce {
				var err error
				if found[i], err = lookAt(reading, stream, s, low+i); err != nil {
					stop(err)
				}
			}
		})
	}
	readers.Wait()
	if reading.Err() != nil {
		return nil, context.Cause(reading)
	}
	return found, confirm(ctx, stream, low, found)
}

// lookAt reads one message, by its number and not as "the last": a replica that is behind has another last, but no other
// message under a number.
func lookAt(ctx context.Context, stream jetstream.Stream, s sealer, sequence uint64) (looked, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	msg, err := stream.GetMsg(ctx, sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return looked{}, nil
	case err != nil:
		return looked{}, fmt.Errorf("message %d of the stream: %w", sequence, err)
	}
	at, ours := s.placeOf(sequence, msg.Header)
	return looked{true, ours, at}, nil
}

// confirm makes sure that what was not found has been deleted, and is not just missing at a replica that is behind.
func confirm(ctx context.Context, stream jetstream.Stream, low uint64, found []looked) error {
	missing := func(m looked) bool { return !m.there }
	if !slices.ContainsFunc(found, missing) {
		return nil
	}
	info, err := infoOf(ctx, stream, jetstream.WithDeletedDetails(true))
	if err != nil {
		return err
	}
	for i, m := range found {
		sequence := low + uint64(i)
		if missing(m) && sequence >= info.State.FirstSeq && !slices.Contains(info.State.Deleted, sequence) {
			return fmt.Errorf("message %d of the stream: %w", sequence, jetstream.ErrMsgNotFound)
		}
	}
	return nil
}
