package coretest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Bug is something wrong that a client is told to do, to show that the checks see it.
type Bug int

// The bugs.
const (
	None     Bug = iota
	EarlyAck     // a write counts as done when it was submitted
	Stale        // a read is not told to be of now
)

// registers are the paths that clients share.
const registers = 3

// timeout is what every session is opened with.
const timeout = 2 * time.Second

// Client writes and reads, one call after the other, on whatever node serves. It leaves its session now and then, and takes
// it up again on another node, ends it, or forgets it.
type Client struct {
	ID      int
	Cluster *Cluster
	History *History
	Bug     Bug

	rand    *rand.Rand
	session sdk.Session // nil while there is no connection
	info    sdk.SessionInfo
	heard   time.Time // the last answer of the session
	seen    int64     // the greatest zxid
	mine    string    // an ephemeral node of the session
	count   int
}

// own is the path that only this client writes.
func (c *Client) own() string { return fmt.Sprintf("/own-%d", c.ID) }

// Prepare makes the paths that clients write.
func Prepare(ctx context.Context, cluster *Cluster, clients int) error {
	s, err := cluster.Node(0).Open(ctx, sdk.Login{})
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer s.Close()
	var ops []sdk.Op
	for i := range registers {
		ops = append(ops, create(fmt.Sprintf("/register-%d", i)))
	}
	for i := range clients {
		ops = append(ops, create((&Client{ID: i}).own()))
	}
	if answers := exchange(ctx, s, ops); len(answers) < len(ops) {
		return fmt.Errorf("prepare: %d of %d paths made", len(answers), len(ops))
	}
	return nil
}

// Run calls until ctx ends.
func (c *Client) Run(ctx context.Context, seed uint64) {
	c.rand = rand.New(rand.NewPCG(seed, uint64(c.ID)+2))
	for ctx.Err() == nil {
		if c.session == nil && !c.connect(ctx) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if c.rand.IntN(100) == 0 {
			c.idle(ctx)
			continue
		}
		c.count++
		path := fmt.Sprintf("/register-%d", c.rand.IntN(registers))
		switch c.rand.IntN(16) {
		case 0, 1, 2, 3:
			c.write(ctx, path)
		case 4, 5, 6, 7:
			c.read(ctx, path)
		case 8, 9, 10, 11:
			c.pipeline(ctx)
		case 12, 13:
			c.hold(ctx)
		case 14:
			c.hangUp()
		case 15:
			c.part(ctx)
		}
		time.Sleep(time.Duration(c.rand.Int64N(int64(40 * time.Millisecond))))
	}
	c.hangUp()
}

// ask exchanges with a limit of time, and leaves a session that does not answer all.
func (c *Client) ask(ctx context.Context, ops ...sdk.Op) []sdk.Message {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answers := exchange(ctx, c.session, ops)
	if len(answers) < len(ops) {
		c.hangUp()
	}
	c.note(answers)
	return answers
}

func (c *Client) write(ctx context.Context, path string) {
	call := Call{Client: c.ID, Path: path, Write: true, Value: fmt.Sprintf("%d/%d", c.ID, c.count), Start: c.History.begin()}
	if c.Bug == EarlyAck {
		op := set(path, call.Value)
		c.History.end(call, c.session.Submit(ctx, 1, &op) == nil)
		c.read(ctx, fmt.Sprintf("/register-%d", registers-1))
		return
	}
	answers := c.ask(ctx, set(path, call.Value))
	c.History.end(call, len(answers) == 1 && answers[0].Code == sdk.OK)
}

// read asks for what is there now: behind a sync, which has its place among all writes.
func (c *Client) read(ctx context.Context, path string) {
	ops := []sdk.Op{{Kind: sdk.OpSync, Path: path}, {Kind: sdk.OpGetData, Path: path}}
	if c.Bug == Stale {
		ops = ops[1:]
	}
	call := Call{Client: c.ID, Path: path, Start: c.History.begin()}
	answers := c.ask(ctx, ops...)
	if len(answers) < len(ops) {
		c.History.end(call, false)
		return
	}
	last := answers[len(ops)-1]
	call.Value = string(last.Result.Data)
	c.History.end(call, last.Code == sdk.OK)
}

// pipeline sends some writes of the client's own path without waiting, each greater than the one before.
func (c *Client) pipeline(ctx context.Context) {
	var ops []sdk.Op
	for i := range 4 {
		ops = append(ops, set(c.own(), fmt.Sprintf("%06d.%d", c.count, i)))
	}
	for i, a := range c.ask(ctx, ops...) {
		if a.Code == sdk.OK {
			c.History.acknowledge(c.own(), string(ops[i].Data))
		}
	}
}

// exchange submits all and gives the answers that came, in order.
func exchange(ctx context.Context, s sdk.Session, ops []sdk.Op) (answers []sdk.Message) {
	sent := 0
	for ; sent < len(ops) && s.Submit(ctx, uint64(sent), &ops[sent]) == nil; sent++ {
	}
	dst := make([]sdk.Message, 8)
	for len(answers) < sent {
		n, err := s.Next(ctx, dst)
		if err != nil {
			break
		}
		answers = append(answers, dst[:n]...)
	}
	return answers
}

func create(path string) sdk.Op {
	return sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte{}, ACL: sdk.OpenACL()}
}

func set(path, value string) sdk.Op {
	return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(value), Version: sdk.AnyVersion}
}
