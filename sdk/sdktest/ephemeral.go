package sdktest

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// ephemeralsVanish: the end of a session takes its ephemeral nodes away in one transaction, before it is answered.
func ephemeralsVanish(s *stage) {
	c := s.dial()
	s.me.must(create(s.path("dir"), ""))
	gone := map[string]bool{}
	for _, path := range []string{s.path("e"), s.path("dir", "e"), s.path("dir", "f")} {
		c.must(ephemeral(path))
		s.me.must(watching(get(path)))
		gone[path] = true
	}
	c.must(create(s.path("stays"), ""))
	end := c.must(sdk.Op{Kind: sdk.OpCloseSession})
	for range len(gone) {
		m := s.me.next()
		if m.Event == nil || m.Event.Kind != sdk.EventDeleted || m.Zxid != end.Zxid || !gone[m.Event.Path] {
			s.Fatalf("%+v (%+v) at the end, which was %#x", m, m.Event, end.Zxid)
		}
		delete(gone, m.Event.Path)
	}
	s.me.quiet()
	s.me.answers(exists(s.path("dir", "e")), sdk.CodeNoNode)
	s.me.must(exists(s.path("stays")))
}

// ephemeralsStay: they belong to the session, not to its connection.
func ephemeralsStay(s *stage) {
	c := s.dial()
	c.must(ephemeral(s.path("e")))
	if err := c.session.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	s.me.must(exists(s.path("e")))
	s.resume(c).must(sdk.Op{Kind: sdk.OpCloseSession})
	s.me.quiet()
	s.me.answers(exists(s.path("e")), sdk.CodeNoNode)
}

// listsEphemerals: a session lists its own ephemeral nodes below a prefix, which is any text.
func listsEphemerals(s *stage) {
	c := s.dial()
	c.must(create(s.path("dir"), ""))
	for _, path := range []string{s.path("dir", "b"), s.path("a"), s.path("ab"), s.path("dir", "a")} {
		c.must(ephemeral(path))
	}
	s.me.must(ephemeral(s.path("another's")))
	all := []string{s.path("a"), s.path("ab"), s.path("dir", "a"), s.path("dir", "b")}
	for prefix, want := range map[string][]string{
		s.root: all, "/": all, "": all, s.path("a"): all[:2], s.path("di"): all[2:], s.path("x"): nil,
	} {
		if got := c.must(sdk.Op{Kind: sdk.OpGetEphemerals, Path: prefix}).Result.Children; !slices.Equal(got, want) {
			s.Errorf("ephemerals below %q: %q, want %q", prefix, got, want)
		}
	}
}
