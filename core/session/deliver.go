package session

import (
	"context"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// put adds a message to the outbox; a client that lets too many pile up is given up. mu is held.
func (s *Served) put(m sdk.Message) {
	if s.err != nil {
		return
	}
	if s.full.Load() {
		s.end(fmt.Errorf("%w: %w: it watches too much", sdk.ErrSessionClosed, sdk.ErrOverwhelmed))
		return
	}
	if s.outbox.len()-s.outbox.spared >= maxOutbox {
		s.end(fmt.Errorf("%w: %w: %d messages wait for it", sdk.ErrSessionClosed, sdk.ErrOverwhelmed, maxOutbox))
		return
	}
	s.outbox.push(m)
}

// Tell gives the client an event. It is called from Apply.
func (s *Served) Tell(event *sdk.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(sdk.Message{Zxid: event.Zxid, Event: event})
	s.rouse()
}

// Next implements sdk.Session.
func (s *Served) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	for {
		n, err := s.take(dst)
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Wake implements sdk.Poller. From the first call on, what Submit answers itself is no longer signalled.
func (s *Served) Wake() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet = true
	return s.wake
}

// Poll implements sdk.Poller.
func (s *Served) Poll(dst []sdk.Message) int {
	n, _ := s.take(dst)
	return n
}

// take moves messages out of the outbox; with none left it gives the reason why the session has ended, if it has.
func (s *Served) take(dst []sdk.Message) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, replies := s.outbox.take(dst)
	if n == 0 {
		return 0, s.err
	}
	s.unanswered -= replies
	signal(s.room) // for events alone too: Submit may wait for them
	return n, nil
}
