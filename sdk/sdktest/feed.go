package sdktest

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// follower reads a feed, a few transactions at a time.
type follower struct {
	*stage
	feed  sdk.Feed
	batch []sdk.Transaction
	taken []sdk.Transaction
	last  int64
}

// follow follows the transactions after from, which is closed when the story ends.
func (s *stage) follow(from int64, batch int) *follower {
	s.Helper()
	feed, err := s.host.Follow(s.ctx, sdk.Following{From: from})
	if err != nil {
		s.Fatalf("follow from %#x: %v", from, err)
	}
	s.Cleanup(func() { _ = feed.Close() }) // nothing of it is needed any more
	return &follower{stage: s, feed: feed, batch: make([]sdk.Transaction, batch), last: from}
}

// next is the next transaction that changes something below the root of the story. All must come in their order.
func (f *follower) next() sdk.Transaction {
	f.Helper()
	for {
		if len(f.taken) == 0 {
			clear(f.batch)
			n, err := f.feed.Next(f.ctx, f.batch)
			if err != nil || n <= 0 || n > len(f.batch) {
				f.Fatalf("feed after %#x: %d transactions, %v", f.last, n, err)
			}
			f.taken = slices.Clone(f.batch[:n])
		}
		t := f.taken[0]
		f.taken = f.taken[1:]
		if t.Zxid <= f.last {
			f.Fatalf("transaction %#x comes after %#x", t.Zxid, f.last)
		}
		f.last = t.Zxid
		if slices.ContainsFunc(t.Changes, func(c sdk.Change) bool { return sdk.Below(c.Path, f.root) }) {
			return t
		}
	}
}

// expect checks that the next transaction is that one.
func (f *follower) expect(zxid, session int64, changes ...sdk.Change) {
	f.Helper()
	t := f.next()
	if t.Zxid != zxid || t.Session != session || t.Time <= 0 {
		f.Fatalf("transaction %#x at %d of session %#x, want %#x of %#x", t.Zxid, t.Time, t.Session, zxid, session)
	}
	if !reflect.DeepEqual(t.Changes, changes) {
		f.Fatalf("transaction %#x: %+v, want %+v", zxid, t.Changes, changes)
	}
}

// followsChanges: a feed tells each write that did something, once, with what it did.
func followsChanges(s *stage) {
	me := s.me.session.Info().ID
	a, b := s.path("a"), s.path("b")
	f := s.follow(s.me.must(get(s.root)).Zxid, 16)
	made := s.me.must(create(a, "one")).Zxid
	s.me.answers(create(a, "failed"), sdk.CodeNodeExists)
	set1 := s.me.must(set(a, "two")).Zxid
	s.me.must(get(a))
	acl := s.me.must(setACL(a, sdk.OpenACL())).Zxid
	all := s.me.must(multi(ephemeral(b), verify(a, 1), set(a, "three"), remove(b))).Zxid
	s.me.must(multi(set(a, "failed"), verify(a, 1)))
	s.me.must(sdk.Op{Kind: sdk.OpSync, Path: a})
	gone := s.me.must(remove(a)).Zxid

	f.expect(made, me, sdk.Change{Kind: sdk.Created, Path: a, Data: []byte("one")})
	f.expect(set1, me, sdk.Change{Kind: sdk.Changed, Path: a, Data: []byte("two"), Version: 1})
	f.expect(acl, me, sdk.Change{Kind: sdk.ACLChanged, Path: a, Version: 1})
	t := f.next()
	kinds := []string{}
	for _, c := range t.Changes {
		kinds = append(kinds, c.Kind.String()+" "+c.Path)
	}
	if want := []string{"created " + b, "changed " + a, "deleted " + b}; t.Zxid != all || !slices.Equal(kinds, want) {
		s.Fatalf("transaction %#x: %v, want %#x: %v", t.Zxid, kinds, all, want)
	}
	if owner := t.Changes[0].Owner; owner != me {
		s.Errorf("the ephemeral node belongs to %#x", owner)
	}
	if t := f.next(); t.Zxid != gone || len(t.Changes) != 1 || t.Changes[0].Kind != sdk.Deleted {
		s.Fatalf("transaction %+v, want the deletion %#x", t, gone)
	}
}

// followsFromMiddle: a feed begins right after the zxid it was asked for.
func followsFromMiddle(s *stage) {
	zxids := []int64{s.me.must(create(s.path("a"), "")).Zxid}
	for i := range 10 {
		zxids = append(zxids, s.me.must(set(s.path("a"), fmt.Sprint(i))).Zxid)
	}
	for i, from := range zxids[:len(zxids)-1] {
		f := s.follow(from, 3)
		for _, want := range zxids[i+1:] {
			if got := f.next().Zxid; got != want {
				s.Fatalf("after %#x: %#x, want %#x", from, got, want)
			}
		}
	}
}

// followsWithoutGap: slow and fast followers see the same, while it is written and afterwards.
func followsWithoutGap(s *stage) {
	const writes = 2000
	from := s.me.must(create(s.path("a"), "")).Zxid
	live, late := s.follow(from, 64), s.follow(from, 1)
	c := s.dial()
	sent := make(chan error, 1)
	go func() {
		var err error
		for i := uint64(1); i <= writes && err == nil; i++ {
			op := set(s.path("a"), fmt.Sprint(i))
			err = c.session.Submit(s.ctx, i, &op)
		}
		sent <- err
	}()
	var zxids []int64
	for i := uint64(1); i <= writes; i++ {
		zxids = append(zxids, c.reply(i).Zxid)
	}
	if err := await(s, "submit", sent); err != nil {
		s.Fatal(err)
	}
	for _, f := range []*follower{live, late, s.follow(from, 7)} {
		for i, zxid := range zxids {
			f.expect(zxid, c.session.Info().ID, sdk.Change{
				Kind: sdk.Changed, Path: s.path("a"), Data: []byte(fmt.Sprint(i + 1)), Version: int32(i + 1),
			})
		}
	}
}

// feedGivesUp: a Next that gives up loses nothing, and one that waits gets what comes.
func feedGivesUp(s *stage) {
	f := s.follow(s.me.must(create(s.path("a"), "")).Zxid, 4)
	ctx, cancel := context.WithCancel(s.ctx)
	got := make(chan error, 1)
	go func() {
		_, err := f.feed.Next(ctx, make([]sdk.Transaction, 4))
		got <- err
	}()
	cancel()
	check(s, "next", await(s, "next", got), context.Canceled)

	come := make(chan int, 1)
	go func() {
		n, _ := f.feed.Next(s.ctx, f.batch)
		come <- n
	}()
	want := s.me.must(set(s.path("a"), "")).Zxid
	f.taken = f.batch[:await(s, "next", come)]
	if got := f.next().Zxid; got != want {
		s.Fatalf("transaction %#x, want %#x", got, want)
	}
	if err := f.feed.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
}

// followsEphemerals: the end of a session is one transaction, with all that it took away.
func followsEphemerals(s *stage) {
	c := s.dial()
	want := []string{s.path("e"), s.path("f"), s.path("g")}
	for _, path := range want {
		c.must(ephemeral(path))
	}
	f := s.follow(s.me.must(set(s.root, "")).Zxid, 4)
	end := c.must(sdk.Op{Kind: sdk.OpCloseSession}).Zxid
	t := f.next()
	var gone []string
	for _, change := range t.Changes {
		if change.Kind == sdk.Deleted {
			gone = append(gone, change.Path)
		}
	}
	slices.Sort(gone)
	if t.Zxid != end || !slices.Equal(gone, want) || len(gone) != len(t.Changes) {
		s.Fatalf("transaction %+v, want %#x to delete %v", t, end, want)
	}
}
