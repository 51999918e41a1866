package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// A transaction is begun again when others have written what it has read: so often, after a pause that is random, so
// that they do not meet again, and ever longer.
const (
	attempts   = 50
	firstPause = time.Millisecond // doubled
	lastPause  = 64 * time.Millisecond
)

var (
	errAgain = errors.New("somebody else was faster")
	errBusy  = errors.New("too many others write the same keys")
)

// refusal is what goes to the client, while the connection goes on.
type refusal string

func (r refusal) Error() string { return string(r) }

// refused is the refusal for a code of the tree.
func refused(key string, code sdk.Code) error {
	if code == sdk.CodeNoAuth {
		return refusal(fmt.Sprintf("NOPERM %s: %v", key, code))
	}
	return refusal(fmt.Sprintf("ERR %s: %v", key, code))
}

// caller asks the tree, and waits for the answers, which come in order.
type caller interface {
	call(ctx context.Context, ops ...sdk.Op) ([]sdk.Message, error)
}

// tx is one command, or all of MULTI … EXEC: it reads nodes when they are asked for, keeps what is to be written, and
// writes it at once, if nothing that it has read was changed since. A node without data, such as one that is only there
// for those below it, is no value.
type tx struct {
	ctx     context.Context
	tree    caller
	keys    keys
	entries map[string]*entry // by key
	order   []*entry
}

// entry is a key that the transaction has to do with.
type entry struct {
	key, path string
	there     bool // the node is
	children  bool // it has some
	version   int32
	value     []byte // nil for none: as the transaction sees it
	life      life   // of the value, as the transaction sees it
	was       life   // of the node as it is
	read      bool   // its outcome rests on the value
	written   bool
}

// transact runs do, and again when others were faster, and returns what it returned last.
func transact(ctx context.Context, tree caller, k keys, do func(*tx) (reply, error)) (reply, error) {
	for attempt := range attempts {
		if err := wait(ctx, attempt); err != nil {
			return nil, err
		}
		t := newTx(ctx, tree, k)
		out, err := do(t)
		if err == nil {
			err = t.commit()
		}
		if !errors.Is(err, errAgain) {
			return out, err
		}
	}
	return nil, refusal("ERR " + errBusy.Error())
}

func newTx(ctx context.Context, tree caller, k keys) *tx {
	return &tx{ctx: ctx, tree: tree, keys: k, entries: map[string]*entry{}}
}

// wait is the pause before the attempt with this number, none before the first.
func wait(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return nil
	}
	select {
	case <-time.After(rand.N(min(firstPause<<min(attempt, 16), lastPause))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tx) entry(key string) (*entry, error) {
	if e := t.entries[key]; e != nil {
		return e, nil
	}
	path, err := t.keys.path(key)
	if err != nil {
		return nil, refusal("ERR " + err.Error())
	}
	replies, err := t.tree.call(t.ctx, sdk.Op{Kind: sdk.OpGetData, Path: path}, sdk.Op{Kind: sdk.OpGetACL, Path: path})
	if err != nil {
		return nil, err
	}
	e := &entry{key: key, path: path}
	switch m := replies[0]; m.Code {
	case sdk.OK:
		acl := replies[1]
		if acl.Code != sdk.OK || acl.Result.Stat.Czxid != m.Result.Stat.Czxid {
			return nil, errAgain // it is another node by now
		}
		e.was = lifeOf(acl.Result.ACL, m.Result.Stat)
		e.found(m.Result, time.Now())
	case sdk.CodeNoNode:
	default:
		return nil, refused(key, m.Code)
	}
	t.entries[key] = e
	t.order = append(t.order, e)
	return e, nil
}

// get is the value of a key, nil for none.
func (t *tx) get(key string) ([]byte, error) {
	e, err := t.entry(key)
	if err != nil {
		return nil, err
	}
	e.read = true
	return e.value, nil
}

// set writes a value, nil for none.
func (t *tx) set(key string, value []byte) error {
	e, err := t.entry(key)
	if err != nil {
		return err
	}
	e.value, e.written = value, true
	e.life = life{}
	return nil
}

// found is what the tree says of the node. What has outlived its time is no value, though the server has not swept it yet.
func (e *entry) found(result sdk.Result, now time.Time) {
	e.there, e.version, e.value = true, result.Stat.Version, result.Data
	e.children = result.Stat.NumChildren > 0
	e.life = e.was
	if e.was.over(now) {
		e.value, e.life = nil, life{}
	}
}

// expire gives a key that is there another life; none is one without end.
func (t *tx) expire(key string, l life) error {
	value, err := t.get(key)
	if err != nil || value == nil {
		return err
	}
	e := t.entries[key]
	e.written, e.life = true, l
	return nil
}

// commit writes what is to be written. A single key that is only read is as it was when it was read.
func (t *tx) commit() error {
	var ops []sdk.Op
	for _, e := range t.order {
		if e.written && e.children && e.value != nil && e.life.renewed(e.was) {
			return refusal("ERR " + e.key + ": a key with others below it does not expire")
		}
		ops = append(ops, e.ops()...)
	}
	if len(ops) == 0 || len(ops) == 1 && ops[0].Kind == sdk.OpCheck {
		return nil
	}
	op := sdk.Op{Kind: sdk.OpMulti, Ops: ops}
	if len(ops) == 1 {
		op = ops[0]
	}
	replies, err := t.tree.call(t.ctx, op)
	if err != nil {
		return err
	}
	switch code := outcome(replies[0]); code {
	case sdk.OK:
		return nil
	case sdk.CodeNoNode:
		if err := t.parents(); err != nil {
			return err
		}
		return errAgain
	case sdk.CodeBadVersion, sdk.CodeNodeExists, sdk.CodeNotEmpty:
		return errAgain
	default:
		return refused("transaction", code)
	}
}

// outcome is the code of a write, of a multi that of the operation it failed at.
func outcome(m sdk.Message) sdk.Code {
	for _, r := range m.Result.Multi {
		if r.Kind == sdk.OpError && r.Code != sdk.OK {
			return r.Code
		}
	}
	return m.Code
}

// ops is what has to be done for an entry at the end. A node keeps its kind for as long as it is there, so one that is
// to live otherwise than before is replaced.
func (e *entry) ops() []sdk.Op {
	version := sdk.AnyVersion
	if e.read {
		version = e.version
	}
	remove := sdk.Op{Kind: sdk.OpDelete, Path: e.path, Version: version}
	switch {
	case !e.written && e.read && e.there:
		return []sdk.Op{{Kind: sdk.OpCheck, Path: e.path, Version: version}}
	case !e.written, !e.there && e.value == nil:
		return nil
	case !e.there:
		return []sdk.Op{e.create()}
	case e.value == nil && !e.children:
		return []sdk.Op{remove}
	case e.value != nil && e.life.renewed(e.was):
		return []sdk.Op{remove, e.create()}
	}
	return []sdk.Op{{Kind: sdk.OpSetData, Path: e.path, Data: e.value, Version: version}}
}

func (e *entry) create() sdk.Op {
	op := sdk.Op{Kind: sdk.OpCreate, Path: e.path, Data: e.value, ACL: sdk.OpenACL()}
	if e.life.millis > 0 {
		op.Kind, op.Mode, op.TTL, op.ACL = sdk.OpCreateTTL, sdk.ModeTTL, e.life.millis, e.life.mark()
	}
	return op
}

// parents makes the nodes above those that are to be created. They have no data, so they are no keys.
func (t *tx) parents() error {
	for _, e := range t.order {
		if e.there || e.value == nil {
			continue
		}
		var ops []sdk.Op
		for path, _ := sdk.SplitPath(e.path); path != "/"; path, _ = sdk.SplitPath(path) {
			ops = append([]sdk.Op{{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()}}, ops...)
		}
		replies, err := t.tree.call(t.ctx, ops...)
		if err != nil {
			return err
		}
		if len(replies) == 0 {
			continue
		}
		// Only the last counts: one above it may be there, and not to be written.
		if code := replies[len(replies)-1].Code; code != sdk.OK && code != sdk.CodeNodeExists {
			return refused(e.key, code)
		}
	}
	return nil
}
