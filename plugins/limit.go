package plugins

import (
	"context"
	"fmt"

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
	if !l.grant.feed {
		return nil, fmt.Errorf("feed is not granted to this plugin: %w", sdk.CodeNoAuth)
	}
	return l.Host.Follow(ctx, want)
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
