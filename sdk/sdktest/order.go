package sdktest

import (
	"context"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// many is more operations than a host lets a session leave unanswered.
const many = 1 << 17

func readsItsWrite(s *stage) {
	made := s.me.submit(create(s.path("a"), "one"))
	first := s.me.submit(get(s.path("a")))
	changed := s.me.submit(set(s.path("a"), "two"))
	second := s.me.submit(get(s.path("a")))
	gone := s.me.submit(remove(s.path("a")))
	third := s.me.submit(get(s.path("a")))

	s.me.reply(made)
	if m := s.me.reply(first); string(m.Result.Data) != "one" {
		s.Errorf("behind the create: %v, %q", m.Code, m.Result.Data)
	}
	s.me.reply(changed)
	if m := s.me.reply(second); string(m.Result.Data) != "two" {
		s.Errorf("behind the change: %v, %q", m.Code, m.Result.Data)
	}
	s.me.reply(gone)
	if m := s.me.reply(third); m.Code != sdk.CodeNoNode {
		s.Errorf("behind the deletion: %v, %q", m.Code, m.Result.Data)
	}
}

// answersInOrder has a session send thousands of operations without waiting, while it receives.
func answersInOrder(s *stage) {
	const rounds = 1000
	s.me.must(create(s.path("a"), ""))
	c := s.dial()
	sent := make(chan error, 1)
	go func() { sent <- c.submitMix(rounds) }()
	for i := range rounds {
		for _, op := range s.mix(i) {
			c.cookie++
			m := c.reply(c.cookie)
			if m.Kind != op.Kind || !answersMix(m, op, i) {
				s.Fatalf("round %d: %v answered by %v: %v, %+v", i, op.Kind, m.Kind, m.Code, m.Result)
			}
		}
	}
	if err := await(s, "submit", sent); err != nil {
		s.Fatal(err)
	}
}

// mix is what one round sends.
func (s *stage) mix(round int) []sdk.Op {
	path := s.path("a")
	ops := []sdk.Op{set(path, fmt.Sprint(round)), get(path), exists(s.path("missing")), {Kind: sdk.OpPing}, get(path)}
	if round%10 == 0 {
		ops = append(ops, sdk.Op{Kind: sdk.OpSync, Path: path}, get(path))
	}
	return ops
}

// submitMix submits with cookies from 1 on.
func (c *client) submitMix(rounds int) error {
	cookie := uint64(0)
	for i := range rounds {
		for _, op := range c.mix(i) {
			cookie++
			if err := c.session.Submit(c.ctx, cookie, &op); err != nil {
				return fmt.Errorf("submit %v in round %d: %w", op.Kind, i, err)
			}
		}
	}
	return nil
}

// answersMix reports whether the reply shows what the round has done so far.
func answersMix(m sdk.Message, op sdk.Op, round int) bool {
	switch op.Kind {
	case sdk.OpSetData:
		return m.Code == sdk.OK && m.Result.Stat.Version == int32(round+1)
	case sdk.OpGetData:
		return m.Code == sdk.OK && string(m.Result.Data) == fmt.Sprint(round)
	case sdk.OpExists:
		return m.Code == sdk.CodeNoNode
	case sdk.OpSync:
		return m.Code == sdk.OK && m.Result.Path == op.Path
	}
	return m.Code == sdk.OK
}

// growsZxid: a write has a later zxid than all before it, a read one no earlier.
func growsZxid(s *stage) {
	last := s.me.must(create(s.path("a"), "")).Zxid
	for i := range 20 {
		wrote := s.me.must(set(s.path("a"), fmt.Sprint(i))).Zxid
		failed := s.me.answers(at(99, set(s.path("a"), "")), sdk.CodeBadVersion).Zxid
		read := s.me.must(get(s.path("a"))).Zxid
		if wrote <= last || failed < wrote || read < failed {
			s.Fatalf("after %#x a write has %#x, a failed one %#x, a read %#x", last, wrote, failed, read)
		}
		last = read
	}
}

// answersErrorInItsTurn: a frontend that cannot read a request has it answered behind those before it.
func answersErrorInItsTurn(s *stage) {
	inItsTurn(s, sdk.Op{Kind: sdk.OpError, Version: int32(sdk.CodeMarshallingError)}, sdk.CodeMarshallingError)
	inItsTurn(s, sdk.Op{Kind: sdk.OpError, Version: int32(sdk.CodeBadArguments)}, sdk.CodeBadArguments)
}

func answersUnknownInItsTurn(s *stage) {
	inItsTurn(s, sdk.Op{Kind: 4242, Path: s.path("a")}, sdk.CodeUnimplemented)
	inItsTurn(s, sdk.Op{Kind: sdk.OpCheck, Path: s.root}, sdk.CodeUnimplemented)
}

// inItsTurn sends an operation between two others.
func inItsTurn(s *stage, op sdk.Op, code sdk.Code) {
	s.Helper()
	before, its, after := s.me.submit(set(s.root, "")), s.me.submit(op), s.me.submit(get(s.root))
	s.me.reply(before)
	if m := s.me.reply(its); m.Code != code || m.Kind != op.Kind {
		s.Errorf("operation %d: %v (%d), want %v", op.Kind, m.Code, m.Kind, code)
	}
	if m := s.me.reply(after); m.Code != sdk.OK {
		s.Errorf("behind operation %d: %v", op.Kind, m.Code)
	}
}

// nextGivesUp: a Next that gives up loses nothing, neither one that waits nor one that looks just when it comes.
func nextGivesUp(s *stage) {
	ctx, cancel := context.WithCancel(s.ctx)
	got := make(chan error, 1)
	go func() {
		_, err := s.me.session.Next(ctx, make([]sdk.Message, 1))
		got <- err
	}()
	cancel()
	check(s, "next", await(s, "next", got), context.Canceled)

	const pings = 10_000
	c := s.dial()
	sent := make(chan error, 1)
	go func() { sent <- c.submitPings(pings) }()
	for i := range uint64(pings) {
		c.glance(ctx)
		c.reply(i + 1)
	}
	if err := await(s, "submit", sent); err != nil {
		s.Fatal(err)
	}
}

// submitPings submits n pings, with cookies from 1 on.
func (c *client) submitPings(n int) error {
	for i := range n {
		if err := c.session.Submit(c.ctx, uint64(i+1), &sdk.Op{Kind: sdk.OpPing}); err != nil {
			return fmt.Errorf("submit ping %d: %w", i, err)
		}
	}
	return nil
}

// glance takes what is there without the patience to wait: ctx is over.
func (c *client) glance(ctx context.Context) {
	c.Helper()
	if len(c.taken) > 0 {
		return
	}
	batch := make([]sdk.Message, 1)
	n, err := c.session.Next(ctx, batch)
	if err != nil {
		check(c.stage, "next", err, context.Canceled)
	}
	c.taken = batch[:n]
}

// fill submits pings that nobody receives until Submit waits, and returns how many were taken.
func (c *client) fill() int {
	c.Helper()
	for n := range many {
		ctx, cancel := context.WithTimeout(c.ctx, 100*time.Millisecond)
		err := c.session.Submit(ctx, c.cookie+1, &sdk.Op{Kind: sdk.OpPing})
		cancel()
		if err != nil {
			check(c.stage, "submit", err, context.DeadlineExceeded)
			return n
		}
		c.cookie++
	}
	c.Fatalf("%d operations were taken that nobody received", many)
	return many
}

// submitGivesUp: too much unanswered makes Submit wait, its context ends that, and nothing was sent.
func submitGivesUp(s *stage) {
	first := s.me.cookie + 1
	n := s.me.fill()
	for i := range n {
		s.me.reply(first + uint64(i))
	}
	s.me.must(set(s.root, "")) // the one given up is not answered
}

// submitGoesOn: a Submit that waits goes on as soon as there is room.
func submitGoesOn(s *stage) {
	first := s.me.cookie + 1
	n := s.me.fill()
	s.me.cookie++
	last, sent := s.me.cookie, make(chan error, 1)
	go func() { sent <- s.me.session.Submit(s.ctx, last, &sdk.Op{Kind: sdk.OpPing}) }()
	for i := range n + 1 {
		s.me.reply(first + uint64(i))
	}
	if err := await(s, "submit", sent); err != nil {
		s.Fatal(err)
	}
}
