package sdktest

import "github.com/grove-coordination/grove/sdk"

func addWatch(path string, what sdk.WatchType) sdk.Op {
	return sdk.Op{Kind: sdk.OpAddWatch, Path: path, Type: what}
}

func checkWatches(path string, what sdk.WatchType) sdk.Op {
	return sdk.Op{Kind: sdk.OpCheckWatches, Path: path, Type: what}
}

func removeWatches(path string, what sdk.WatchType) sdk.Op {
	return sdk.Op{Kind: sdk.OpRemoveWatches, Path: path, Type: what}
}

// persists: a persistent watch hears of its node and of the list of its children, again and again.
func persists(s *stage) {
	c := s.dial()
	a, b := s.path("a"), s.path("a", "b")
	c.must(addWatch(a, sdk.WatchPersistent))
	for range 2 {
		c.event(sdk.EventCreated, a, s.me.must(create(a, "")).Zxid)
		c.event(sdk.EventChildrenChanged, a, s.me.must(create(b, "")).Zxid)
		c.event(sdk.EventDataChanged, a, s.me.must(set(a, "")).Zxid)
		s.me.must(set(b, "a child's data is its own affair"))
		s.me.must(setACL(a, sdk.OpenACL()))
		c.event(sdk.EventChildrenChanged, a, s.me.must(remove(b)).Zxid)
		c.event(sdk.EventDeleted, a, s.me.must(remove(a)).Zxid)
	}
	c.quiet()
}

// watchesBelow: a recursive watch hears of its node and of all below it, and never of lists of children.
func watchesBelow(s *stage) {
	c := s.dial()
	a := s.path("a")
	c.must(addWatch(a, sdk.WatchRecursive))
	for _, path := range []string{a, s.path("a", "b"), s.path("a", "b", "c")} {
		c.event(sdk.EventCreated, path, s.me.must(create(path, "")).Zxid)
		c.event(sdk.EventDataChanged, path, s.me.must(set(path, "")).Zxid)
	}
	s.me.must(create(s.path("ab"), "which only begins alike"))
	zxid := s.me.must(multi(remove(s.path("a", "b", "c")), remove(s.path("a", "b")), remove(a))).Zxid
	for _, path := range []string{s.path("a", "b", "c"), s.path("a", "b"), a} {
		c.event(sdk.EventDeleted, path, zxid)
	}
	c.quiet()
}

// tellsOneCopy: whatever watches of a client cover a path, it is told once; watches that last leave others alone.
func tellsOneCopy(s *stage) {
	c := s.dial()
	a, b := s.path("a"), s.path("a", "b")
	s.me.must(create(a, ""))
	c.must(addWatch(s.root, sdk.WatchRecursive))
	c.must(addWatch(a, sdk.WatchRecursive))
	c.must(addWatch(a, sdk.WatchPersistent))
	c.must(addWatch(a, sdk.WatchPersistent)) // once more
	c.must(watching(get(a)))
	c.must(watching(children(a)))
	made := s.me.must(create(b, "")).Zxid
	c.event(sdk.EventCreated, b, made)
	c.event(sdk.EventChildrenChanged, a, made)
	for range 2 { // the first also tells the one-shot watch
		c.event(sdk.EventDataChanged, a, s.me.must(set(a, "")).Zxid)
	}
	c.must(watching(children(a)))
	s.me.must(remove(b))
	c.event(sdk.EventDeleted, b, 0)
	c.event(sdk.EventChildrenChanged, a, 0)
	c.event(sdk.EventDeleted, a, s.me.must(remove(a)).Zxid)
	c.quiet()
}

// hidesFromLasting: who may not read what changed is told nothing of it, and goes on watching.
func hidesFromLasting(s *stage) {
	c := s.dial()
	a := s.path("a")
	c.must(addWatch(s.root, sdk.WatchRecursive))
	s.me.must(closed(create(a, ""), sdk.PermAll&^sdk.PermRead))
	s.me.must(set(a, ""))
	s.me.must(setACL(a, sdk.OpenACL()))
	c.event(sdk.EventDataChanged, a, s.me.must(set(a, "")).Zxid)
	c.quiet()
}

// removesWatches: each type names its kind, of exactly that path; any names all there are.
func removesWatches(s *stage) {
	c := s.dial()
	a := s.path("a")
	s.me.must(create(a, ""))
	ask := map[sdk.WatchType]sdk.Op{
		sdk.WatchChildren: watching(children(a)), sdk.WatchData: watching(exists(a)),
		sdk.WatchPersistent: addWatch(a, sdk.WatchPersistent), sdk.WatchRecursive: addWatch(a, sdk.WatchRecursive),
	}
	types := []sdk.WatchType{sdk.WatchChildren, sdk.WatchData, sdk.WatchPersistent, sdk.WatchRecursive}
	for _, what := range types {
		c.must(ask[what])
		for _, other := range types {
			code := sdk.CodeNoWatcher
			if other == what {
				code = sdk.OK
			}
			c.answers(checkWatches(a, other), code)
		}
		c.must(checkWatches(a, sdk.WatchAny))
		s.me.answers(checkWatches(a, sdk.WatchAny), sdk.CodeNoWatcher)
		s.me.answers(removeWatches(a, what), sdk.CodeNoWatcher)
		c.answers(removeWatches(s.root, what), sdk.CodeNoWatcher)
		c.must(removeWatches(a, what))
		c.answers(removeWatches(a, what), sdk.CodeNoWatcher)
	}
	for _, what := range types {
		c.must(ask[what])
	}
	c.must(removeWatches(a, sdk.WatchAny))
	c.answers(checkWatches(a, sdk.WatchAny), sdk.CodeNoWatcher)
	s.me.must(set(a, ""))
	s.me.must(remove(a))
	c.quiet()
}

// refusesModes: addWatch leaves watches of two kinds only.
func refusesModes(s *stage) {
	for _, what := range []sdk.WatchType{0, sdk.WatchChildren, sdk.WatchData, sdk.WatchAny, 6, -1} {
		s.me.answers(addWatch(s.root, what), sdk.CodeMarshallingError)
	}
	s.me.answers(checkWatches(s.root, sdk.WatchAny), sdk.CodeNoWatcher)
}

// resumesLasting: watches that last are asked for again by a client that comes back. What they missed is told before
// the reply, each event once: that is more than ZooKeeper does.
func resumesLasting(s *stage) {
	a, b := s.path("a"), s.path("a", "b")
	s.me.must(create(a, ""))
	seen := s.me.must(get(s.root)).Zxid
	made, wrote := s.me.must(create(b, "")).Zxid, s.me.must(set(a, "")).Zxid

	c := s.dial()
	cookie := c.submit(sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{
		RelativeZxid: seen, Persistent: []string{a}, Recursive: []string{a},
	}})
	c.event(sdk.EventCreated, b, made)
	c.event(sdk.EventChildrenChanged, a, made)
	c.event(sdk.EventDataChanged, a, wrote)
	if m := c.reply(cookie); m.Code != sdk.OK {
		s.Fatalf("setWatches2: %v", m.Code)
	}
	for range 2 {
		c.event(sdk.EventDataChanged, a, s.me.must(set(a, "")).Zxid)
		c.event(sdk.EventDataChanged, b, s.me.must(set(b, "")).Zxid)
	}
	c.quiet()
}

// asksForNothing: a client that has no watches says so in either form, or says nothing at all.
func asksForNothing(s *stage) {
	for _, kind := range []sdk.OpKind{sdk.OpSetWatches, sdk.OpSetWatches2} {
		s.me.must(sdk.Op{Kind: kind})
		s.me.must(sdk.Op{Kind: kind, Watches: &sdk.Watches{}})
	}
	s.me.must(set(s.root, ""))
}

// letsGoOfLasting: they end with the connection, as all watches do.
func letsGoOfLasting(s *stage) {
	c := s.dial()
	a := s.path("a")
	c.must(addWatch(a, sdk.WatchPersistent))
	c.must(addWatch(a, sdk.WatchRecursive))
	again := s.resume(c)
	again.answers(checkWatches(a, sdk.WatchAny), sdk.CodeNoWatcher)
	s.me.must(create(a, ""))
	again.quiet()
}
