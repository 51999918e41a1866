package plugins

import "time"

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
	settled    = time.Minute // a plugin that has run for this long starts over with the first pause
	loopEnds   = 5           // so many ends within loopTime are a crash loop
	loopTime   = time.Minute
)

// backoff decides how long a plugin that has ended waits for its next start.
type backoff struct{ pause time.Duration }

// next is the pause after a run of the given length.
func (b *backoff) next(ran time.Duration) time.Duration {
	switch {
	case b.pause == 0 || ran >= settled:
		b.pause = firstPause
	default:
		b.pause = min(2*b.pause, lastPause)
	}
	return b.pause
}

// recent keeps the times of the last ends, oldest first.
type recent []time.Time

func (r *recent) add(now time.Time) {
	*r = append(*r, now)
	if len(*r) > loopEnds {
		*r = (*r)[1:]
	}
}

// loop reports whether so many ends were so recent that it is a crash loop.
func (r recent) loop(now time.Time) bool {
	return len(r) == loopEnds && now.Sub(r[0]) <= loopTime
}
