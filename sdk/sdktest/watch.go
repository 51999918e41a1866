package sdktest

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// firesWatches: each kind of watch hears of what it is for, from whoever did it.
func firesWatches(s *stage) {
	c := s.dial()
	a := s.path("a")
	c.answers(watching(exists(a)), sdk.CodeNoNode)
	c.must(watching(children(s.root)))
	made := s.me.must(create(a, "")).Zxid
	c.event(sdk.EventCreated, a, made)
	c.event(sdk.EventChildrenChanged, s.root, made)

	for _, read := range []sdk.Op{exists(a), get(a)} {
		c.must(watching(read))
		c.event(sdk.EventDataChanged, a, s.me.must(set(a, "")).Zxid)
	}
	for _, list := range []sdk.OpKind{sdk.OpGetChildren, sdk.OpGetChildren2} {
		c.must(watching(sdk.Op{Kind: list, Path: a}))
		c.event(sdk.EventChildrenChanged, a, s.me.must(ephemeral(s.path("a", list.String()))).Zxid)
	}
	c.must(watching(get(a)))
	c.must(watching(children(a)))
	s.me.must(setACL(a, sdk.OpenACL()))
	s.me.must(set(s.path("a", "getChildren"), "a child's data is its own affair"))
	c.quiet()
}

// firesOnDeletion: a node that goes is told once to whoever watched it, and then to whoever watched its parent.
func firesOnDeletion(s *stage) {
	c := s.dial()
	a := s.path("a")
	s.me.must(create(a, ""))
	c.must(watching(children(s.root)))
	c.must(watching(children(a)))
	c.must(watching(get(a)))
	gone := s.me.must(remove(a)).Zxid
	c.event(sdk.EventDeleted, a, gone)
	c.event(sdk.EventChildrenChanged, s.root, gone)
	c.quiet()
}

// firesOnce: asking twice is asking once, and a watch that was told is gone.
func firesOnce(s *stage) {
	c := s.dial()
	s.me.must(create(s.path("a"), ""))
	c.must(watching(get(s.path("a"))))
	c.must(watching(exists(s.path("a"))))
	c.event(sdk.EventDataChanged, s.path("a"), s.me.must(set(s.path("a"), "")).Zxid)
	s.me.must(set(s.path("a"), ""))
	s.me.must(remove(s.path("a")))
	c.quiet()
}

// leavesNoWatchOnFailure: only exists watches what is not there.
func leavesNoWatchOnFailure(s *stage) {
	c := s.dial()
	c.answers(watching(get(s.path("a"))), sdk.CodeNoNode)
	c.answers(watching(children(s.path("a"))), sdk.CodeNoNode)
	s.me.must(create(s.path("a"), ""))
	s.me.must(create(s.path("a", "b"), ""))
	c.quiet()
}

// hidesEvents: who may not read the node when it happens is told nothing, and the watch is used up.
func hidesEvents(s *stage) {
	c := s.dial()
	a := s.path("a")
	s.me.must(create(a, ""))
	c.must(watching(get(a)))
	c.must(watching(children(s.root)))
	s.me.must(setACL(a, forAll(sdk.PermAll&^sdk.PermRead)))
	s.me.must(set(a, ""))
	s.me.must(setACL(a, sdk.OpenACL()))
	s.me.must(set(a, ""))
	s.me.must(setACL(a, forAll(sdk.PermAll&^sdk.PermRead)))
	gone := s.me.must(remove(a)).Zxid
	c.event(sdk.EventChildrenChanged, s.root, gone) // of the parent, which may be read
	c.quiet()
}

// tellsOwnEventFirst: who changes what they watch has the event before the reply.
func tellsOwnEventFirst(s *stage) {
	a := s.path("a")
	s.me.answers(watching(exists(a)), sdk.CodeNoNode)
	s.me.must(watching(children(s.root)))
	cookie := s.me.submit(create(a, ""))
	e := s.me.event(sdk.EventCreated, a, 0)
	s.me.event(sdk.EventChildrenChanged, s.root, e.Zxid)
	if m := s.me.reply(cookie); m.Code != sdk.OK || m.Zxid != e.Zxid {
		s.Errorf("%v at %#x after the event at %#x", m.Code, m.Zxid, e.Zxid)
	}
	s.me.must(watching(get(a)))
	write, read := s.me.submit(set(a, "new")), s.me.submit(get(a))
	s.me.event(sdk.EventDataChanged, a, 0)
	s.me.reply(write)
	s.me.reply(read)
}

// tellsEventBeforeData: while another writes, a reader never sees new data before the event of its watch.
func tellsEventBeforeData(s *stage) {
	c := s.dial()
	s.me.must(create(s.path("a"), "0"))
	for i := range 100 {
		if got := string(c.must(watching(get(s.path("a")))).Result.Data); got != fmt.Sprint(i) {
			s.Fatalf("round %d begins with %q", i, got)
		}
		write := s.me.submit(set(s.path("a"), fmt.Sprint(i+1)))
		c.readUntil(s.path("a"), fmt.Sprint(i+1))
		s.me.reply(write)
	}
}

// readUntil reads, several reads at a time, until one shows the data; the event must have come by then.
func (c *client) readUntil(path, data string) {
	c.Helper()
	const reads = 8
	for told, shown := false, false; !shown; {
		first := c.cookie + 1
		for range reads {
			c.submit(get(path))
		}
		for replies := uint64(0); replies < reads; {
			m := c.next()
			switch {
			case m.Event != nil && told:
				c.Fatalf("told twice: %+v", *m.Event)
			case m.Event != nil:
				told = true
				continue
			case m.Cookie != first+replies:
				c.Fatalf("reply %d instead of %d", m.Cookie, first+replies)
			case string(m.Result.Data) == data && !told:
				c.Fatalf("%s was read as %q before the event", path, data)
			case string(m.Result.Data) == data:
				shown = true
			case told:
				c.Fatalf("%s was read as %q after the event", path, m.Result.Data)
			}
			replies++
		}
	}
}

// firesInMulti: all operations of a multi are told, in their order, with one zxid; those of a failed one are not.
func firesInMulti(s *stage) {
	c := s.dial()
	a, b := s.path("a"), s.path("b")
	s.me.must(create(a, ""))
	c.must(watching(get(a)))
	c.answers(watching(exists(b)), sdk.CodeNoNode)
	c.must(watching(children(s.root)))
	s.me.must(multi(set(a, ""), create(b, ""), remove(s.path("missing"))))
	c.quiet()
	zxid := s.me.must(multi(set(a, "x"), create(b, ""), remove(b), remove(a))).Zxid
	c.event(sdk.EventDataChanged, a, zxid)
	c.event(sdk.EventCreated, b, zxid)
	c.event(sdk.EventChildrenChanged, s.root, zxid)
	c.quiet()
}

// catchesUp: a client that comes back is told what it missed, before the reply, and watches the rest again.
func catchesUp(s *stage) {
	for _, name := range []string{"same", "changed", "gone", "grown"} {
		s.me.must(create(s.path(name), ""))
	}
	seen := s.me.must(get(s.root)).Zxid
	s.me.must(set(s.path("changed"), "new"))
	s.me.must(remove(s.path("gone")))
	s.me.must(create(s.path("grown", "child"), ""))
	s.me.must(create(s.path("new"), ""))

	c := s.dial()
	cookie := c.submit(sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{
		RelativeZxid: seen,
		Data:         []string{s.path("same"), s.path("changed"), s.path("gone")},
		Exist:        []string{s.path("missing"), s.path("new")},
		Child:        []string{s.path("same"), s.path("grown"), s.path("gone")},
	}})
	c.event(sdk.EventDataChanged, s.path("changed"), -1)
	c.event(sdk.EventDeleted, s.path("gone"), -1)
	c.event(sdk.EventCreated, s.path("new"), -1)
	c.event(sdk.EventChildrenChanged, s.path("grown"), -1)
	c.event(sdk.EventDeleted, s.path("gone"), -1)
	if m := c.reply(cookie); m.Code != sdk.OK {
		s.Fatalf("setWatches: %v", m.Code)
	}

	for _, name := range []string{"changed", "new", "grown"} {
		s.me.must(set(s.path(name), "told already"))
	}
	c.event(sdk.EventChildrenChanged, s.path("same"), s.me.must(create(s.path("same", "child"), "")).Zxid)
	c.event(sdk.EventDataChanged, s.path("same"), s.me.must(set(s.path("same"), "")).Zxid)
	c.event(sdk.EventCreated, s.path("missing"), s.me.must(create(s.path("missing"), "")).Zxid)
	c.quiet()
}
