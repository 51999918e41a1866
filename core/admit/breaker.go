package admit

import (
	"fmt"
	"sync"
	"time"
)

// A module that fails so often within the window is left alone for a while, and for twice as long each time it goes
// on failing after that.
const (
	maxFaults   = 16
	faultWindow = 10 * time.Second
	firstRest   = 30 * time.Second
	longestRest = 15 * time.Minute
)

// breaker keeps a module that fails and fails from taking this node's time: while it is open the module is
// quarantined, and the rule's on_error decides at once.
type breaker struct {
	mu     sync.Mutex // guards all below
	faults int        // since began
	began  time.Time
	until  time.Time     // when the quarantine ends; zero when there was none since the module last did well
	rest   time.Duration // how long it lasts
	last   string        // fault, ever
}

// quarantined is an error while the module must not run.
func (b *breaker) quarantined(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !now.Before(b.until) {
		return nil
	}
	return fmt.Errorf("quarantined until %s, after: %s", b.until.UTC().Format(time.TimeOnly), b.last)
}

// failed counts a fault, and reports for how long the module is quarantined for it, if it is. One that was quarantined
// before is again after its first fault.
func (b *breaker) failed(now time.Time, err error) (rest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = err.Error()
	if now.Sub(b.began) > faultWindow {
		b.faults, b.began = 0, now
	}
	b.faults++
	if now.Before(b.until) || b.faults < maxFaults && b.until.IsZero() {
		return 0
	}
	b.rest = min(max(2*b.rest, firstRest), longestRest)
	b.until, b.faults = now.Add(b.rest), 0
	return b.rest
}

// did forgets the quarantine that is over: the module has judged a write.
func (b *breaker) did(now time.Time) (released bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() || now.Before(b.until) {
		return false
	}
	b.until, b.rest = time.Time{}, 0
	return true
}

// tell says when the quarantine ends, zero for none, and what failed last.
func (b *breaker) tell(now time.Time) (until time.Time, last string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.until) {
		until = b.until
	}
	return until, b.last
}
