package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	sessionTimeout = 6 * time.Second // wished for: how long a copy that was killed keeps the others waiting
	goodbye        = 2 * time.Second
)

// caller is a session of the adapter's own. One goroutine uses it at a time.
type caller struct {
	session sdk.Session
	cookie  uint64      // of the operation submitted last
	events  []sdk.Event // that came between replies
}

func openCaller(ctx context.Context, host sdk.Host) (*caller, error) {
	session, err := host.Open(ctx, sdk.Login{Timeout: sessionTimeout})
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return &caller{session: session}, nil
}

// close ends the session, and with it its ephemeral nodes, also when ctx is over.
func (c *caller) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_, _ = c.ask(ctx, sdk.Op{Kind: sdk.OpCloseSession}) // else its time-out ends it
	_ = c.session.Close()
}

// ask gives the replies to operations, in their order. They are submitted while replies are taken, as a session may
// not hold all of them.
func (c *caller) ask(ctx context.Context, ops ...sdk.Op) ([]sdk.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	first, submitted := c.cookie+1, make(chan error, 1)
	c.cookie += uint64(len(ops))
	go func() { // ends when all are submitted, or with ctx
		for i := range ops {
			if err := c.session.Submit(ctx, first+uint64(i), &ops[i]); err != nil {
				submitted <- err
				return
			}
		}
		submitted <- nil
	}()
	replies, err := c.take(ctx, first, len(ops))
	cancel() // after an error nobody takes what is still to come
	if unsent := <-submitted; err == nil {
		err = unsent
	}
	return replies, err
}

// take receives n replies, the first of which has the cookie first.
func (c *caller) take(ctx context.Context, first uint64, n int) (replies []sdk.Message, err error) {
	for err == nil && len(replies) < n {
		var some []sdk.Message
		some, err = c.receive(ctx, first)
		replies = append(replies, some...)
	}
	if len(replies) == n {
		err = nil
	}
	return replies, err
}

// receive waits for what comes next: replies, and events, which it keeps. What is left of questions before first is
// passed over.
func (c *caller) receive(ctx context.Context, first uint64) (replies []sdk.Message, err error) {
	var got [16]sdk.Message
	n, err := c.session.Next(ctx, got[:])
	for _, m := range got[:n] {
		switch {
		case m.Event != nil:
			c.events = append(c.events, *m.Event)
		case m.Cookie >= first:
			replies = append(replies, m)
		}
	}
	return replies, err
}

// event waits for one, and keeps the session alive meanwhile.
func (c *caller) event(ctx context.Context) (sdk.Event, error) {
	for len(c.events) == 0 {
		if err := c.idle(ctx); err != nil {
			return sdk.Event{}, err
		}
	}
	event := c.events[0]
	c.events = c.events[1:]
	return event, nil
}

// idle waits until something comes, or the session has to be kept alive.
func (c *caller) idle(ctx context.Context) error {
	pause, cancel := context.WithTimeout(ctx, c.session.Info().Timeout/3)
	defer cancel()
	_, err := c.receive(pause, c.cookie+1)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, context.DeadlineExceeded):
		_, err = c.ask(ctx, sdk.Op{Kind: sdk.OpPing})
	}
	return err
}
