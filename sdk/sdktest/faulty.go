package sdktest

import (
	"context"

	"github.com/grove-coordination/grove/sdk"
)

// cuttable is a session or a feed that can be ended under who uses it.
type cuttable struct {
	faults *Faults
	life   context.Context
	end    context.CancelCauseFunc
}

func (f *Faults) enter(session bool) *cuttable {
	c := &cuttable{faults: f}
	c.life, c.end = context.WithCancelCause(context.Background())
	f.set(func() { f.open[c] = session })
	return c
}

func (c *cuttable) leave() { c.faults.set(func() { delete(c.faults.open, c) }) }

// bounded ends a call when what it belongs to is cut.
func (c *cuttable) bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := context.AfterFunc(c.life, func() { cancel(context.Cause(c.life)) })
	return ctx, func() { forget(); cancel(nil) }
}

// because prefers why it was cut to what came of that.
func (c *cuttable) because(err error) error {
	if err != nil && c.life.Err() != nil {
		return context.Cause(c.life)
	}
	return err
}

// next gives what take does, unless it is cut, held or late.
func next[T any](ctx context.Context, c *cuttable, dst []T, take func(context.Context, []T) (int, error)) (int, error) {
	if c.life.Err() != nil {
		return 0, context.Cause(c.life)
	}
	ctx, done := c.bounded(ctx)
	defer done()
	if err := c.faults.wait(ctx, true); err != nil {
		return 0, c.because(err)
	}
	if c.faults.late() && len(dst) > 1 {
		dst = dst[:1]
	}
	n, err := take(ctx, dst)
	return n, c.because(err)
}

// faultySession is a session of a host with faults.
type faultySession struct {
	sdk.Session
	*cuttable
}

// Submit implements sdk.Session.
func (s *faultySession) Submit(ctx context.Context, cookie uint64, op *sdk.Op) error {
	if s.life.Err() != nil {
		return context.Cause(s.life)
	}
	ctx, done := s.bounded(ctx)
	defer done()
	return s.because(s.Session.Submit(ctx, cookie, op))
}

// Next implements sdk.Session.
func (s *faultySession) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	return next(ctx, s.cuttable, dst, s.Session.Next)
}

// Close implements sdk.Session.
func (s *faultySession) Close() error {
	s.leave()
	return s.Session.Close()
}

// faultyFeed is a feed of a host with faults.
type faultyFeed struct {
	feed sdk.Feed
	*cuttable
}

// Next implements sdk.Feed.
func (f *faultyFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	n, err := next(ctx, f.cuttable, dst, f.feed.Next)
	if n > 0 {
		f.faults.set(func() { f.faults.counts.Given = max(f.faults.counts.Given, dst[n-1].Zxid) })
	}
	return n, err
}

// Close implements sdk.Feed.
func (f *faultyFeed) Close() error {
	f.leave()
	return f.feed.Close()
}
