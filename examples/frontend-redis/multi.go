package main

import "context"

// maxQueued is how many commands a transaction may have, and maxQueuedBytes what they may take.
const (
	maxQueued      = 1000
	maxQueuedBytes = maxCommand
)

// batch is what waits for EXEC.
type batch struct {
	queued []queued
	bytes  int
	failed bool // one of them was refused: EXEC will be, too
}

type queued struct {
	command command
	args    []string
}

// queue takes a command for later, if it is one for a transaction.
func (b *batch) queue(words []string) (reply, error) {
	cmd, err := find(words)
	for _, word := range words {
		b.bytes += len(word)
	}
	if err == nil && (len(b.queued) == maxQueued || b.bytes > maxQueuedBytes) {
		err = refusal("ERR transaction is too large")
	}
	if err != nil {
		b.failed = true
		return nil, err
	}
	b.queued = append(b.queued, queued{cmd, words[1:]})
	return replyQueued, nil
}

// transaction is MULTI, EXEC or DISCARD.
func (c *client) transaction(ctx context.Context, name string, words []string) (reply, error) {
	b := c.batch
	switch {
	case len(words) != 1:
		return nil, wrongNumber(name)
	case name == "MULTI" && b != nil:
		return nil, refusal("ERR MULTI calls can not be nested")
	case name == "MULTI":
		c.batch = &batch{}
		return replyOK, nil
	case b == nil:
		return nil, refusal("ERR " + name + " without MULTI")
	}
	c.batch = nil
	switch {
	case name == "DISCARD":
		c.watched = nil
		return replyOK, nil
	case b.failed:
		c.watched = nil
		return nil, refusal("EXECABORT Transaction discarded because of previous errors.")
	}
	return c.guarded(ctx, b)
}

// run does all commands on one state of the tree. As in Redis, one that fails is an error among the answers, and the
// others are done.
func (b *batch) run(t *tx) (reply, error) {
	items, size := make([]reply, len(b.queued)), 0
	for i, q := range b.queued {
		var err error
		items[i], err = answer(q.command.run(t, q.args))
		if size += len(items[i]); err == nil && size > maxReply {
			err = errLarge
		}
		if err != nil {
			return nil, err
		}
	}
	return array(items...), nil
}
