package main

import (
	"bytes"
	"context"
	"slices"
)

// maxWatched is how many keys a client may watch.
const maxWatched = 1000

// watched are the keys of a client as they were when it began to watch them. Nothing is left in the tree for that: EXEC
// reads them again, and writes only if they are as they were.
type watched []*entry

// watch is WATCH or UNWATCH.
func (c *client) watch(ctx context.Context, name string, names []string) (reply, error) {
	switch {
	case name == "UNWATCH":
		c.watched = nil
		return replyOK, nil
	case len(names) == 0:
		return nil, wrongNumber(name)
	case len(c.watched)+len(names) > maxWatched:
		return nil, refusal("ERR too many keys are watched")
	}
	t := newTx(ctx, c, c.keys)
	for _, key := range names {
		if _, err := t.get(key); err != nil {
			return nil, err
		}
	}
	c.watched = append(c.watched, t.order...)
	return replyOK, nil
}

// unchanged reads what was watched, so that the transaction rests on it, and reports whether it is as it was.
func (w watched) unchanged(t *tx) (bool, error) {
	for _, was := range w {
		if _, err := t.get(was.key); err != nil {
			return false, err
		}
		now := t.entries[was.key]
		if now.there != was.there || now.version != was.version || !bytes.Equal(now.value, was.value) || (now.value == nil) != (was.value == nil) {
			return false, nil
		}
	}
	return true, nil
}

// replyNone is what EXEC says when a watched key has changed.
var replyNone = reply("*-1\r\n")

// guarded does a batch if nothing that was watched has changed, not even meanwhile.
func (c *client) guarded(ctx context.Context, b *batch) (reply, error) {
	before := slices.Clone(c.watched)
	c.watched = nil
	return transact(ctx, c, c.keys, func(t *tx) (reply, error) {
		same, err := before.unchanged(t)
		if err != nil || !same {
			return replyNone, err
		}
		return b.run(t)
	})
}
