package plugins

import (
	"context"
	"fmt"
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// Limit returns a host that does only what is granted. It stands on the host's side of the border, where a plugin
// cannot get round it. An operation that is not granted is answered in its turn with CodeNoAuth, or CodeUnimplemented
// for a kind that no grant speaks of, and has no effect.
func Limit(host sdk.Host, grant Grant) sdk.Host { return &limited{Host: host, grant: grant} }

// limited is a host that does only what is granted.
type limited struct {
	sdk.Host
	grant Grant
}

// Open implements sdk.Host.
func (l *limited) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	if err := l.grant.login(login); err != nil {
		return nil, err
	}
	session, err := l.Host.Open(ctx, login)
	if err != nil {
		return nil, err
	}
	return &limitedSession{Session: session, grant: l.grant}, nil
}

// Follow implements sdk.Host.
func (l *limited) Follow(ctx context.Context, want sdk.Following) (sdk.Feed, error) {
	if len(l.grant.feed) == 0 {
		return nil, fmt.Errorf("feed is not granted to this plugin: %w", sdk.CodeNoAuth)
	}
	feed, err := l.Host.Follow(ctx, want)
	if err != nil {
		return nil, err
	}
	return &limitedFeed{Feed: feed, grant: l.grant}, nil
}

// Snapshot implements sdk.Snapshotter: of what may be followed, all of it.
func (l *limited) Snapshot(ctx context.Context, path string) (sdk.Snapshot, error) {
	host, ok := l.Host.(sdk.Snapshotter)
	switch {
	case !ok:
		return nil, fmt.Errorf("snapshot: %w", sdk.CodeUnimplemented)
	case allowBelow(l.grant.feed, path) != sdk.OK:
		return nil, fmt.Errorf("snapshot of %s is not granted to this plugin: %w", path, sdk.CodeNoAuth)
	}
	return host.Snapshot(ctx, path)
}

// limitedFeed is a feed without the changes that are not granted. A transaction of which nothing is left becomes a
// progress mark, which says nothing of who wrote and when.
type limitedFeed struct {
	sdk.Feed
	grant Grant
}

// Next implements sdk.Feed.
func (f *limitedFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	n, err := f.Feed.Next(ctx, dst)
	return f.grant.pick(dst[:n]), err
}

// pick leaves what is granted, and returns how many transactions that is. Of progress marks that follow one another
// the last is enough.
func (g Grant) pick(list []sdk.Transaction) int {
	n := 0
	for _, t := range list {
		t.Changes = g.changes(t.Changes)
		if len(t.Changes) == 0 {
			t = sdk.Transaction{Zxid: t.Zxid}
			if n > 0 && len(list[n-1].Changes) == 0 {
				n--
			}
		}
		list[n] = t
		n++
	}
	return n
}

// changes are those that are granted. The list itself belongs to the core, and is left as it is.
func (g Grant) changes(all []sdk.Change) []sdk.Change {
	hidden := func(c sdk.Change) bool { return !fits(g.feed, c.Path) }
	if !slices.ContainsFunc(all, hidden) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), hidden)
}

// limitedSession is a session that does only what is granted.
type limitedSession struct {
	sdk.Session
	grant Grant
}

// Submit implements sdk.Session. In the place of an operation that is not granted goes one that makes the core give
// the answer: so it comes in its turn, after the answers to what was submitted before.
func (s *limitedSession) Submit(ctx context.Context, cookie uint64, op *sdk.Op) error {
	if code := s.grant.op(op); code != sdk.OK {
		op = &sdk.Op{Kind: sdk.OpError, Version: int32(code)}
	}
	return s.Session.Submit(ctx, cookie, op)
}
