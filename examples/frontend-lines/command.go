package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// command does what one line says. The error is a fault of the connection or the session; what is wrong with the
// command is told to the client.
func (c *client) command(ctx context.Context, line string) error {
	word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
	path, text, _ := strings.Cut(rest, " ")
	if err := sdk.ValidatePath(path); err != nil && word != "" {
		return c.say("ERR", err)
	}
	switch strings.ToUpper(word) {
	case "":
		return nil
	case "GET":
		return c.get(ctx, path)
	case "SET":
		return c.set(ctx, path, text)
	case "DEL":
		return c.del(ctx, path)
	case "WATCH":
		return c.watch(ctx, path)
	}
	return c.say("ERR", fmt.Sprintf("%q is not GET, SET, DEL or WATCH", word))
}

func (c *client) get(ctx context.Context, path string) error {
	reply, err := c.call(ctx, &sdk.Op{Kind: sdk.OpGetData, Path: path})
	switch {
	case err != nil:
		return err
	case reply.Code != sdk.OK:
		return c.refuse(path, reply.Code)
	}
	return c.say("VALUE", show(reply.Result.Data))
}

func (c *client) del(ctx context.Context, path string) error {
	reply, err := c.call(ctx, &sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion})
	if err != nil {
		return err
	}
	return c.done(path, reply.Code)
}

// set changes the node; when it is missing it creates it; when somebody else has done that since, it changes it.
func (c *client) set(ctx context.Context, path, text string) error {
	data, err := parse(text)
	if err != nil {
		return c.say("ERR", err)
	}
	change := sdk.Op{Kind: sdk.OpSetData, Path: path, Data: data, Version: sdk.AnyVersion}
	create := sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, ACL: sdk.OpenACL()}
	var reply sdk.Message
	for _, step := range []struct {
		op      sdk.Op
		another sdk.Code // what to take the next step for
	}{{change, sdk.CodeNoNode}, {create, sdk.CodeNodeExists}, {change, sdk.OK}} {
		if reply, err = c.call(ctx, &step.op); err != nil {
			return err
		}
		if reply.Code != step.another {
			break
		}
	}
	return c.done(path, reply.Code)
}

func (c *client) done(path string, code sdk.Code) error {
	if code != sdk.OK {
		return c.refuse(path, code)
	}
	return c.say("OK")
}

func (c *client) refuse(path string, code sdk.Code) error {
	return c.say("ERR", path+":", code.Error())
}

// watch says what the node is, now and after each change, until the client hangs up. A watch is good for one event,
// so each look leaves a new one: no change goes unseen, but several may be seen as one.
func (c *client) watch(ctx context.Context, path string) error {
	for {
		code, err := c.look(ctx, path)
		switch {
		case err != nil:
			return err
		case code != sdk.OK:
			return c.refuse(path, code)
		}
		if err := c.event(ctx); err != nil {
			return err
		}
	}
}

// look says what the node is and leaves a watch on it, also when there is no node.
func (c *client) look(ctx context.Context, path string) (sdk.Code, error) {
	for {
		reply, err := c.call(ctx, &sdk.Op{Kind: sdk.OpGetData, Path: path, Watch: true})
		switch {
		case err != nil:
			return 0, err
		case reply.Code == sdk.OK:
			return sdk.OK, c.say("VALUE", show(reply.Result.Data))
		case reply.Code != sdk.CodeNoNode:
			return reply.Code, nil
		}
		reply, err = c.call(ctx, &sdk.Op{Kind: sdk.OpExists, Path: path, Watch: true})
		switch {
		case err != nil:
			return 0, err
		case reply.Code == sdk.CodeNoNode:
			return sdk.OK, c.say("NONE")
		case reply.Code != sdk.OK:
			return reply.Code, nil
		} // else it has been created since
	}
}

// event waits for one.
func (c *client) event(ctx context.Context) error {
	for {
		select {
		case message, ok := <-c.messages:
			if !ok {
				return sdk.ErrSessionClosed
			}
			if message.Event != nil {
				return nil
			}
		case _, ok := <-c.lines:
			if !ok {
				return errHungUp
			}
			if err := c.say("ERR watching: hang up to end it"); err != nil {
				return err
			}
		case <-c.ping.C:
			if err := c.keepAlive(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
