package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// command is one that works with values, alone or in a transaction.
type command struct {
	least, most int // words after the name
	run         func(t *tx, args []string) (reply, error)
}

var commands = map[string]command{
	"GET":    {1, 1, get},
	"MGET":   {1, maxArgs, mget},
	"SET":    {2, maxArgs, set},
	"SETNX":  {2, 2, setnx},
	"DEL":    {1, maxArgs, del},
	"EXISTS": {1, maxArgs, exists},
	"INCR":   {1, 1, func(t *tx, args []string) (reply, error) { return add(t, args[0], 1) }},
	"DECR":   {1, 1, func(t *tx, args []string) (reply, error) { return add(t, args[0], -1) }},
	"INCRBY": {2, 2, incrby},
	"STRLEN": {1, 1, strlen},

	"EXPIRE": {2, 2, expire(time.Second)}, "PEXPIRE": {2, 2, expire(time.Millisecond)}, "PERSIST": {1, 1, persist},
	"TTL": {1, 1, ttl(time.Second)}, "PTTL": {1, 1, ttl(time.Millisecond)},
}

// find gives the command that words call, or why they call none.
func find(words []string) (command, error) {
	name := strings.ToUpper(words[0])
	c, known := commands[name]
	switch {
	case !known:
		return c, refusal("ERR unknown command '" + clip(words[0]) + "'")
	case len(words)-1 < c.least || len(words)-1 > c.most:
		return c, wrongNumber(name)
	}
	return c, nil
}

func wrongNumber(name string) error {
	return refusal("ERR wrong number of arguments for '" + strings.ToLower(name) + "' command")
}

// clip keeps a stranger's word from filling an answer.
func clip(text string) string {
	const most = 128
	return text[:min(len(text), most)]
}

func value(data []byte) reply {
	if data == nil {
		return replyNil
	}
	return bulk(data)
}

func get(t *tx, args []string) (reply, error) {
	data, err := t.get(args[0])
	return value(data), err
}

func mget(t *tx, args []string) (reply, error) {
	items, size := make([]reply, len(args)), 0
	for i, key := range args {
		data, err := t.get(key)
		if size += len(data); err == nil && size > maxReply {
			err = errLarge
		}
		if err != nil {
			return nil, err
		}
		items[i] = value(data)
	}
	return array(items...), nil
}

var errLarge = refusal("ERR answer is too large")

// set is SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|KEEPTTL].
func set(t *tx, args []string) (reply, error) {
	o, err := optionsOf(args[2:])
	if err != nil {
		return nil, err
	}
	was, out := []byte(nil), replyOK
	if o.nx || o.xx || o.get || o.keep {
		if was, err = t.get(args[0]); err != nil {
			return nil, err
		}
	}
	if o.get {
		out = value(was)
	}
	if o.nx && was != nil || o.xx && was == nil {
		if !o.get {
			out = replyNil
		}
		return out, nil
	}
	return out, t.setFor(args[0], []byte(args[1]), o)
}

// setFor writes a value that lives as the options say.
func (t *tx) setFor(key string, value []byte, o options) error {
	e, err := t.entry(key)
	if err != nil {
		return err
	}
	l := o.life
	if o.keep {
		l = e.life
	}
	e.value, e.written, e.life = value, true, l
	return nil
}

func setnx(t *tx, args []string) (reply, error) {
	was, err := t.get(args[0])
	if err != nil || was != nil {
		return integer(0), err
	}
	return integer(1), t.set(args[0], []byte(args[1]))
}

func del(t *tx, args []string) (reply, error) {
	gone := int64(0)
	for _, key := range args {
		was, err := t.get(key)
		if err == nil && was != nil {
			gone++
			err = t.set(key, nil)
		}
		if err != nil {
			return nil, err
		}
	}
	return integer(gone), nil
}

func exists(t *tx, args []string) (reply, error) {
	there := int64(0)
	for _, key := range args {
		data, err := t.get(key)
		if err != nil {
			return nil, err
		}
		if data != nil {
			there++
		}
	}
	return integer(there), nil
}

func strlen(t *tx, args []string) (reply, error) {
	data, err := t.get(args[0])
	return integer(int64(len(data))), err
}

func incrby(t *tx, args []string) (reply, error) {
	by, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return nil, errNumber
	}
	return add(t, args[0], by)
}

var errNumber = refusal("ERR value is not an integer or out of range")

func add(t *tx, key string, by int64) (reply, error) {
	was, err := t.get(key)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	if was != nil {
		if n, err = strconv.ParseInt(string(was), 10, 64); err != nil {
			return nil, errNumber
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		return nil, refusal("ERR increment or decrement would overflow")
	}
	n += by
	return integer(n), t.setFor(key, strconv.AppendInt(nil, n, 10), options{keep: true})
}

// answer makes a reply of what went wrong with a command; what went wrong with the connection stays an error.
func answer(out reply, err error) (reply, error) {
	if r, ok := errors.AsType[refusal](err); ok {
		return failure(string(r)), nil
	}
	return out, err
}
