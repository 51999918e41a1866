package main

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// handle does what one request says. The error ends the connection; what is wrong with a command is told.
func (c *client) handle(ctx context.Context, r request) error {
	switch {
	case errors.Is(r.err, errProtocol):
		return errors.Join(r.err, c.say(failure("ERR "+r.err.Error())))
	case r.err != nil:
		return r.err
	case len(r.words) == 0:
		return nil
	}
	out, err := answer(c.do(ctx, strings.ToUpper(r.words[0]), r.words))
	if out != nil {
		err = errors.Join(err, c.say(out))
	}
	return err
}

// do knows what is about the connection itself; the rest is for dispatch.
func (c *client) do(ctx context.Context, name string, words []string) (reply, error) {
	switch name {
	case "QUIT":
		return replyOK, errQuit
	case "PING":
		return c.pong(words)
	case "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE":
		if c.batch != nil {
			return nil, refusal("ERR " + name + " inside MULTI")
		}
		return c.subscribe(ctx, name, words[1:])
	}
	if c.subs.any() {
		return nil, refusal("ERR Can't execute '" + clip(strings.ToLower(name)) + "': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT are allowed in this context")
	}
	switch name {
	case "WATCH", "UNWATCH":
		if c.batch != nil && name == "WATCH" {
			return nil, refusal("ERR WATCH inside MULTI is not allowed")
		}
		return c.watch(ctx, name, words[1:])
	case "MULTI", "EXEC", "DISCARD":
		return c.transaction(ctx, name, words)
	}
	if c.batch != nil {
		return c.batch.queue(words)
	}
	return c.dispatch(ctx, name, words)
}

// pong is a message to those who have subscribed, because a reply could not be told from one.
func (c *client) pong(words []string) (reply, error) {
	switch {
	case len(words) > 2:
		return nil, wrongNumber("PING")
	case c.subs.any():
		return bulks("pong", strings.Join(words[1:], "")), nil
	case len(words) == 2:
		return bulk([]byte(words[1])), nil
	}
	return simple("PONG"), nil
}

func (c *client) dispatch(ctx context.Context, name string, words []string) (reply, error) {
	switch name {
	case "ECHO":
		if len(words) != 2 {
			return nil, wrongNumber(name)
		}
		return bulk([]byte(words[1])), nil
	case "SELECT":
		if !slices.Equal(words[1:], []string{"0"}) {
			return nil, refusal("ERR DB index is out of range")
		}
		return replyOK, nil
	case "KEYS":
		if len(words) != 2 {
			return nil, wrongNumber(name)
		}
		return c.list(ctx, words[1])
	case "SCAN":
		return c.scan(ctx, words[1:])
	}
	cmd, err := find(words)
	if err != nil {
		return nil, err
	}
	return transact(ctx, c, c.keys, func(t *tx) (reply, error) { return cmd.run(t, words[1:]) })
}

func (c *client) list(ctx context.Context, pattern string) (reply, error) {
	found, err := walk(ctx, c, c.keys, pattern)
	return bulks(found...), err
}

// scan is SCAN cursor [MATCH pattern] [COUNT n]. It gives everything at once, as how much comes at a time is the
// server's choice.
func (c *client) scan(ctx context.Context, args []string) (reply, error) {
	if len(args) == 0 || len(args)%2 == 0 {
		return nil, wrongNumber("SCAN")
	}
	pattern := "*"
	for i := 1; i < len(args); i += 2 {
		switch strings.ToUpper(args[i]) {
		case "MATCH":
			pattern = args[i+1]
		case "COUNT":
		default:
			return nil, refusal("ERR syntax error")
		}
	}
	if args[0] != "0" {
		return nil, refusal("ERR invalid cursor")
	}
	found, err := c.list(ctx, pattern)
	return array(bulk([]byte("0")), found), err
}
