package coretest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// connect takes the session up again, or opens one, on any node.
func (c *Client) connect(ctx context.Context) bool {
	n := c.Cluster.Node(c.rand.IntN(c.Cluster.Size()))
	if n == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	login := sdk.Login{Timeout: timeout, LastZxid: c.seen, SessionID: c.info.ID}
	if c.info.ID != 0 {
		login.Password = c.info.Password[:]
	}
	s, err := n.Open(ctx, login)
	switch {
	case errors.Is(err, sdk.ErrNoSession):
		c.lost()
		return false
	case err != nil:
		return false
	case c.info.ID != 0 && s.Info().ID != c.info.ID:
		c.History.Broke(fmt.Errorf("client %d: session %#x came back as %#x", c.ID, c.info.ID, s.Info().ID))
	}
	c.session, c.info = s, s.Info()
	c.heard = time.Now()
	return true
}

// lost looks whether a session that is gone had the right to. What was heard of a session may be lost on its way to the
// leader, but not so much that half of the time-out is left.
func (c *Client) lost() {
	if idle := time.Since(c.heard); idle < timeout/2 {
		c.History.Broke(fmt.Errorf("client %d: session %#x is gone %v after it was heard of", c.ID, c.info.ID, idle))
	}
	c.info, c.mine = sdk.SessionInfo{}, ""
}

// hangUp leaves the session to be taken up again.
func (c *Client) hangUp() {
	if c.session != nil {
		_ = c.session.Close()
		c.session = nil
	}
}

// idle only reads, for longer than the session's time-out: of that the leader knows what nodes report.
func (c *Client) idle(ctx context.Context) {
	end := time.Now().Add(timeout + time.Duration(c.rand.Int64N(int64(time.Second))))
	for c.session != nil && ctx.Err() == nil && time.Now().Before(end) {
		c.ask(ctx, sdk.Op{Kind: sdk.OpGetData, Path: c.own()})
		time.Sleep(time.Duration(c.rand.Int64N(int64(timeout / 8))))
	}
}

// part ends the session, or leaves it to time out.
func (c *Client) part(ctx context.Context) {
	if c.rand.IntN(2) == 0 {
		c.ask(ctx, sdk.Op{Kind: sdk.OpCloseSession})
	}
	c.hangUp()
	c.info, c.mine = sdk.SessionInfo{}, ""
}

// note takes down what answers say beside what they answer: a client never goes back in time.
func (c *Client) note(answers []sdk.Message) {
	for _, a := range answers {
		c.heard = time.Now()
		if a.Code == sdk.OK && a.Zxid < c.seen {
			c.History.Broke(fmt.Errorf("client %d: zxid %#x after %#x", c.ID, a.Zxid, c.seen))
		}
		c.seen = max(c.seen, a.Zxid)
	}
}

// held is the path that all ephemeral nodes of clients begin with.
const held = "/held-"

// hold makes an ephemeral node, or looks whether it is there as long as the session is.
func (c *Client) hold(ctx context.Context) {
	if c.mine != "" {
		got := c.ask(ctx, sdk.Op{Kind: sdk.OpGetData, Path: c.mine})
		if len(got) == 1 && got[0].Code == sdk.CodeNoNode {
			c.History.Broke(fmt.Errorf("client %d: session %#x lives, and %s is gone", c.ID, c.info.ID, c.mine))
		}
		return
	}
	op := create(fmt.Sprintf("%s%d-%d", held, c.ID, c.count))
	op.Mode = sdk.ModeEphemeral
	if got := c.ask(ctx, op); len(got) == 1 && got[0].Code == sdk.OK {
		c.mine = op.Path
	}
}
