package session

import (
	"context"

	"github.com/grove-coordination/grove/sdk"
)

// lifetime is a context that ends with the session's service here. Most sessions never need one. mu is held.
func (s *Served) lifetime() context.Context {
	if s.life == nil {
		s.life, s.over = context.WithCancel(context.Background())
		if s.err != nil {
			s.over()
		}
	}
	return s.life
}

// End ends the session here: what is in the outbox can still be taken, what waits is not answered, and what is being
// judged is given up. why wraps sdk.ErrSessionClosed. The frontend's Close does the rest. It may be called at any time, from
// anywhere.
func (s *Served) End(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(why)
}

func (s *Served) end(why error) {
	if s.err != nil {
		return
	}
	s.err = why
	s.waiting = queue{}
	if s.over != nil {
		s.over()
	}
	close(s.wake)
	signal(s.room)
}

// Ended reports whether the session's service here is over.
func (s *Served) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err != nil
}

// EndWaiting is End for a session that waits for a write; any other goes on.
func (s *Served) EndWaiting(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting.count(proposed) > 0 {
		s.end(why)
	}
}

// Close implements sdk.Session.
func (s *Served) Close() error {
	s.core.RLock()
	defer s.core.RUnlock()
	s.End(sdk.ErrSessionClosed)
	s.core.Leave(s)
	return nil
}
