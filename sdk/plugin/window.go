package plugin

import (
	"context"
	"sync"
)

// window is what may still be sent to a peer that has not given it back: the sender's half of flow control. One
// goroutine sends, another gives.
type window struct {
	size int
	wake chan struct{} // holds a token when free or err has changed

	mu   sync.Mutex // guards what follows
	free int        // below zero after a frame that was larger than what was left
	err  error
}

func newWindow(size int) *window {
	return &window{size: size, free: size, wake: make(chan struct{}, 1)}
}

// wait returns once there is room, with the error of end, or with what ctx says.
func (w *window) wait(ctx context.Context) error {
	for {
		w.mu.Lock()
		free, err := w.free, w.err
		w.mu.Unlock()
		switch {
		case err != nil:
			return err
		case free > 0:
			return nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take uses up n bytes. It must come before they are sent, because the peer may give them back at once.
func (w *window) take(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free -= n
}

// give takes back n bytes, never beyond the size: a peer cannot make its window larger.
func (w *window) give(n int) {
	w.mu.Lock()
	w.free = min(w.free+n, w.size)
	w.mu.Unlock()
	nudge(w.wake)
}

// resize is called before anything was taken, when the peer has said how much it wants to hold.
func (w *window) resize(size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size, w.free = size, size
}

// end makes every wait return err.
func (w *window) end(err error) {
	w.mu.Lock()
	w.err = err
	w.mu.Unlock()
	nudge(w.wake)
}

// nudge puts a token into a channel of capacity one.
func nudge(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
