package sdktest

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
)

func tellsStatus(s *stage) {
	before, err := s.host.Status(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	written := s.me.must(create(s.path("a"), "")).Zxid
	s.me.must(watching(get(s.path("a"))))
	s.me.must(watching(exists(s.path("a")))) // the same watch once more
	after, err := s.host.Status(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	if !after.Serving || after.Why != "" || after.NodeID == "" || after.Role == "" {
		s.Errorf("a host that serves says %+v", after)
	}
	if after.Zxid < written || after.Nodes != before.Nodes+1 || after.Watches != before.Watches+1 || after.Sessions < 1 {
		s.Errorf("after one create and one watch, %+v became %+v", before, after)
	}
}

func opensSessions(s *stage) {
	one, other := s.dial().session.Info(), s.dial().session.Info()
	if one.ID == 0 || one.ID == other.ID {
		s.Errorf("session ids %#x and %#x", one.ID, other.ID)
	}
	if one.Password == other.Password || one.Password == [sdk.PasswordLen]byte{} {
		s.Error("the password can be guessed")
	}
	for _, wish := range []time.Duration{0, time.Nanosecond, 1000 * time.Hour} {
		l := login()
		l.Timeout = wish
		if got := s.dialAs(l).session.Info().Timeout; got < time.Millisecond || got > 999*time.Hour {
			s.Errorf("time-out %v was agreed to as %v", wish, got)
		}
	}
}

// A session that was let go of lives on, with its ephemerals and without its watches.
func resumes(s *stage) {
	c := s.dial()
	c.must(ephemeral(s.path("e")))
	c.must(watching(get(s.path("e"))))
	seen := c.must(get(s.path("e"))).Zxid
	_ = c.session.Close() // it has no error to tell
	c.ended()

	l := c.login()
	l.LastZxid = seen
	again := s.dialAs(l)
	if one, other := c.session.Info(), again.session.Info(); one.ID != other.ID || one.Password != other.Password {
		s.Fatalf("session %#x was resumed as %#x", one.ID, other.ID)
	}
	if owner := again.must(exists(s.path("e"))).Result.Stat.EphemeralOwner; owner != c.session.Info().ID {
		s.Errorf("the ephemeral node belongs to %#x", owner)
	}
	s.me.must(set(s.path("e"), "new"))
	again.quiet()
}

// A session that is resumed while it is served ends where it was.
func takesOver(s *stage) {
	c := s.dial()
	again := s.resume(c)
	c.ended()
	_ = c.session.Close() // by one who is late: it is no longer theirs to close
	again.must(create(s.path("a"), ""))
}

func refusesWrongPassword(s *stage) {
	c := s.dial()
	wrong := c.login()
	wrong.Password = append([]byte(nil), wrong.Password...)
	wrong.Password[7] ^= 1
	s.refused(wrong, sdk.ErrNoSession)
	wrong.Password = nil
	s.refused(wrong, sdk.ErrNoSession)
	c.must(create(s.path("a"), "")) // whoever guesses does not disturb the owner
}

func refusesUnknownSession(s *stage) {
	l := s.dial().login()
	l.SessionID += 1 << 40
	s.refused(l, sdk.ErrNoSession)
}

func refusesAhead(s *stage) {
	l := login()
	l.LastZxid = 1 << 62
	s.refused(l, sdk.ErrAhead)
	c := s.dial()
	l = c.login()
	l.LastZxid = 1 << 62
	s.refused(l, sdk.ErrAhead)
	c.must(create(s.path("a"), ""))
}

// The end of a session is answered, in its turn, and is the end.
func endsSession(s *stage) {
	c := s.dial()
	first := c.submit(create(s.path("a"), ""))
	last := c.submit(sdk.Op{Kind: sdk.OpCloseSession})
	c.reply(first)
	if m := c.reply(last); m.Code != sdk.OK || m.Kind != sdk.OpCloseSession {
		s.Fatalf("the end was answered with %v (%v)", m.Code, m.Kind)
	}
	c.ended()
	s.refused(c.login(), sdk.ErrNoSession)
	s.me.must(get(s.path("a")))
}

// Close lets go at once, of the watches too, and twice is no matter.
func letsGo(s *stage) {
	before := s.watches()
	c := s.dial()
	c.must(create(s.path("a"), ""))
	c.must(watching(get(s.path("a"))))
	for range 2 {
		if err := c.session.Close(); err != nil {
			s.Fatalf("close: %v", err)
		}
		c.ended()
	}
	for s.watches() > before { // across a border it may take a moment
		if s.ctx.Err() != nil {
			s.Fatal("the watches are still there")
		}
	}
}

// watches is how many watches the host says it has.
func (s *stage) watches() int64 {
	s.Helper()
	status, err := s.host.Status(s.ctx)
	if err != nil {
		s.Fatalf("status: %v", err)
	}
	return status.Watches
}

// Close ends a Next that waits.
func letsGoWhileWaiting(s *stage) {
	c := s.dial()
	got := make(chan error, 1)
	go func() {
		_, err := c.session.Next(s.ctx, make([]sdk.Message, 1))
		got <- err
	}()
	if err := c.session.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	check(s, "next", await(s, "next", got), sdk.ErrSessionClosed)
}
