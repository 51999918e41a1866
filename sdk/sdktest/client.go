package sdktest

import (
	"errors"

	"github.com/grove-coordination/grove/sdk"
)

// client is one session in a story. Whatever goes wrong ends the story.
type client struct {
	*stage
	session sdk.Session
	cookie  uint64 // of the last operation
	taken   []sdk.Message
}

// login is what takes up the client's session.
func (c *client) login() sdk.Login {
	l := login()
	info := c.session.Info()
	l.SessionID, l.Password = info.ID, info.Password[:]
	return l
}

// submit hands over an operation and returns its cookie.
func (c *client) submit(op sdk.Op) uint64 {
	c.Helper()
	c.cookie++
	if err := c.session.Submit(c.ctx, c.cookie, &op); err != nil {
		c.Fatalf("submit %v %s: %v", op.Kind, op.Path, err)
	}
	return c.cookie
}

// next is the next message, whatever it is.
func (c *client) next() sdk.Message {
	c.Helper()
	if len(c.taken) == 0 {
		batch := make([]sdk.Message, 16)
		n, err := c.session.Next(c.ctx, batch)
		if err != nil || n <= 0 || n > len(batch) {
			c.Fatalf("next: %d messages, %v", n, err)
		}
		c.taken = batch[:n]
	}
	m := c.taken[0]
	c.taken = c.taken[1:]
	return m
}

// reply checks that the next message is the reply to an operation.
func (c *client) reply(cookie uint64) sdk.Message {
	c.Helper()
	m := c.next()
	if m.Event != nil {
		c.Fatalf("event %v %s instead of reply %d", m.Event.Kind, m.Event.Path, cookie)
	}
	if m.Cookie != cookie {
		c.Fatalf("reply %d (%v) instead of %d", m.Cookie, m.Kind, cookie)
	}
	return m
}

// event checks that the next message is an event. A zxid of 0 stands for any.
func (c *client) event(kind sdk.EventKind, path string, zxid int64) *sdk.Event {
	c.Helper()
	m := c.next()
	if m.Event == nil {
		c.Fatalf("reply %d (%v: %v) instead of event %v %s", m.Cookie, m.Kind, m.Code, kind, path)
	}
	if e := m.Event; e.Kind != kind || e.Path != path || zxid != 0 && e.Zxid != zxid || m.Zxid != e.Zxid {
		c.Fatalf("event %v %s %#x (message %#x) instead of %v %s %#x", e.Kind, e.Path, e.Zxid, m.Zxid, kind, path, zxid)
	}
	return m.Event
}

// do gets the reply to an operation; no event may come before it.
func (c *client) do(op sdk.Op) sdk.Message {
	c.Helper()
	m := c.reply(c.submit(op))
	if m.Kind != op.Kind {
		c.Fatalf("reply to %v says it is of %v", op.Kind, m.Kind)
	}
	return m
}

// must gets the reply to an operation that succeeds.
func (c *client) must(op sdk.Op) sdk.Message {
	c.Helper()
	return c.answers(op, sdk.OK)
}

// answers gets the reply to an operation that is answered with code.
func (c *client) answers(op sdk.Op, code sdk.Code) sdk.Message {
	c.Helper()
	m := c.do(op)
	if m.Code != code {
		c.Fatalf("%v %q: %v, want %v", op.Kind, op.Path, m.Code, code)
	}
	return m
}

// quiet checks that no event is on its way: a write is answered after all events of what was done before it.
func (c *client) quiet() {
	c.Helper()
	c.must(sdk.Op{Kind: sdk.OpSync, Path: c.root})
}

// ended checks that the session is over: what was left is given, then Next and Submit say so.
func (c *client) ended() {
	c.Helper()
	batch := make([]sdk.Message, 16)
	for {
		n, err := c.session.Next(c.ctx, batch)
		if err == nil && n > 0 {
			continue
		}
		check(c.stage, "next", err, sdk.ErrSessionClosed)
		break
	}
	check(c.stage, "submit", c.session.Submit(c.ctx, 1, &sdk.Op{Kind: sdk.OpPing}), sdk.ErrSessionClosed)
}

// check ends the story unless err is want.
func check(s *stage, what string, err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("%s: %v, want %v", what, err, want)
	}
}

// await waits for what another goroutine sends.
func await[T any](s *stage, what string, c <-chan T) T {
	s.Helper()
	select {
	case v := <-c:
		return v
	case <-s.ctx.Done():
		s.Fatalf("%s: %v", what, s.ctx.Err())
		panic("unreachable")
	}
}

func create(path, data string) sdk.Op {
	return sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte(data), ACL: sdk.OpenACL()}
}

func ephemeral(path string) sdk.Op {
	op := create(path, "")
	op.Mode = sdk.ModeEphemeral
	return op
}

func set(path, data string) sdk.Op {
	return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(data), Version: sdk.AnyVersion}
}

func setACL(path string, acl []sdk.ACL) sdk.Op {
	return sdk.Op{Kind: sdk.OpSetACL, Path: path, ACL: acl, Version: sdk.AnyVersion}
}

func remove(path string) sdk.Op {
	return sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion}
}

func get(path string) sdk.Op      { return sdk.Op{Kind: sdk.OpGetData, Path: path} }
func exists(path string) sdk.Op   { return sdk.Op{Kind: sdk.OpExists, Path: path} }
func children(path string) sdk.Op { return sdk.Op{Kind: sdk.OpGetChildren, Path: path} }

// watching leaves a watch with a read.
func watching(op sdk.Op) sdk.Op {
	op.Watch = true
	return op
}

// at expects a version.
func at(version int32, op sdk.Op) sdk.Op {
	op.Version = version
	return op
}
