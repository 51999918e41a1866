package sdktest

import "github.com/grove-coordination/grove/sdk"

// poller is the session of c as one that can be polled; the story is skipped when it is not.
func (c *client) poller() sdk.Poller {
	c.Helper()
	p, ok := c.session.(sdk.Poller)
	if !ok {
		c.Skip("the sessions of this host are not pollers")
	}
	return p
}

// poll is the next message, or false when the session has ended.
func (c *client) poll(p sdk.Poller, wake <-chan struct{}) (sdk.Message, bool) {
	c.Helper()
	one := make([]sdk.Message, 1)
	for {
		if p.Poll(one) == 1 {
			return one[0], true
		}
		select {
		case _, open := <-wake:
			if !open {
				n := p.Poll(one)
				return one[0], n == 1
			}
		case <-c.ctx.Done():
			c.Fatalf("poll: %v", c.ctx.Err())
		}
	}
}

// polls: what Next would give comes through Poll, and Wake tells of what others cause.
func polls(s *stage) {
	c := s.dial()
	p := c.poller()
	wake := p.Wake()
	for _, op := range []sdk.Op{create(s.path("a"), "one"), watching(get(s.path("a"))), {Kind: sdk.OpPing}} {
		cookie := c.submit(op)
		if m, ok := c.poll(p, wake); !ok || m.Cookie != cookie || m.Kind != op.Kind || m.Code != sdk.OK {
			s.Fatalf("reply to %v: %+v, %v", op.Kind, m, ok)
		}
	}
	s.me.must(set(s.path("a"), "two"))
	if m, ok := c.poll(p, wake); !ok || m.Event == nil || m.Event.Kind != sdk.EventDataChanged {
		s.Fatalf("event: %+v, %v", m, ok)
	}
	if err := c.session.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	if m, ok := c.poll(p, wake); ok {
		s.Fatalf("after the end: %+v", m)
	}
}

// pollMakesRoom: a Submit that has to wait wakes whoever polls, and goes on when they have taken something. The rest
// is there when the submitter has come to its end and polls once more.
func pollMakesRoom(s *stage) {
	const pings = 10_000
	c := s.dial()
	p := c.poller()
	wake := p.Wake()
	sent := make(chan error, 1)
	go func() { sent <- c.submitPings(pings) }()
	next := c.drain(p, 1)
	for done := false; !done; next = c.drain(p, next) {
		select {
		case <-wake:
		case err := <-sent:
			if err != nil {
				s.Fatal(err)
			}
			done = true
		case <-s.ctx.Done():
			s.Fatalf("poll: %v after %d replies", s.ctx.Err(), next-1)
		}
	}
	if next != pings+1 {
		s.Fatalf("%d replies to %d operations", next-1, pings)
	}
}

// drain polls until there is nothing left for now: replies from cookie next on. It returns the cookie after the last.
func (c *client) drain(p sdk.Poller, next uint64) uint64 {
	c.Helper()
	batch := make([]sdk.Message, 7)
	for n := p.Poll(batch); n > 0; n = p.Poll(batch) {
		for _, m := range batch[:n] {
			if m.Event != nil || m.Cookie != next {
				c.Fatalf("%+v instead of reply %d", m, next)
			}
			next++
		}
	}
	return next
}
