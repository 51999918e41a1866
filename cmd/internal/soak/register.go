package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// call is one write or read of a register.
type call struct {
	key   int
	write bool
	value string
}

// registers are nodes that several clients write and read, and the history of that. A register is left for a new one
// after some calls: histories stay short enough to be checked.
type registers struct {
	began time.Time

	mu      sync.Mutex // guards all below
	history []porcupine.Operation
	values  int
	unknown int
}

const (
	inUse    = 4   // registers at a time
	callsFor = 400 // one register
)

func registerPath(key int) string { return fmt.Sprintf("/soak/register-%d", key) }

// next chooses a register and a value nobody has written before.
func (r *registers) next(random *rand.Rand) call {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values++
	generation := len(r.history) / (inUse * callsFor)
	return call{key: generation*inUse + random.IntN(inUse), write: random.IntN(2) == 0, value: strconv.Itoa(r.values)}
}

// play is one client until ctx ends. It always goes on: what it cannot know it notes as such.
func (r *registers) play(ctx context.Context, id int, servers []string) {
	random := rand.New(rand.NewPCG(uint64(id), 2))
	link := &link{servers: servers}
	defer link.close()
	for ctx.Err() == nil {
		k, err := link.client(ctx)
		if err != nil {
			continue
		}
		c := r.next(random)
		if err := makeNode(ctx, k, registerPath(c.key)); err != nil {
			link.check(err)
			continue
		}
		start := time.Since(r.began)
		err = c.do(ctx, k)
		r.note(id, c, start, time.Since(r.began), err)
		link.check(err)
		pause(ctx, think)
	}
}

// think is the pause between the calls of one client: a history has to be checked in the end.
const think = time.Millisecond

// callTime is what one call may take before its client gives up on it.
const callTime = 4 * time.Second

// do makes the call. A read is a sync and then a get: without it, it may be of the past, as ZooKeeper's.
func (c *call) do(ctx context.Context, k *client.Client) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	path := registerPath(c.key)
	if c.write {
		_, err := k.Set(ctx, path, []byte(c.value), sdk.AnyVersion)
		return err
	}
	if err := k.Sync(ctx, path); err != nil {
		return err
	}
	data, _, err := k.Get(ctx, path)
	c.value = string(data)
	return err
}

// makeNode sees to it that a node is there, without data.
func makeNode(ctx context.Context, k *client.Client, path string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	_, there, err := k.Exists(ctx, path)
	if there || err != nil {
		return err
	}
	if _, err = k.CreateParents(ctx, path, nil, sdk.ModePersistent, nil); errors.Is(err, sdk.CodeNodeExists) {
		return nil
	}
	return err
}

// note keeps what happened. A write whose outcome is not known may take effect at any time later, or never; a read of
// which nothing is known says nothing.
func (r *registers) note(id int, c call, start, end time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && !c.write:
		return
	case err != nil:
		r.unknown++
		end = 1 << 62
	}
	r.history = append(r.history, porcupine.Operation{ClientId: id, Input: c, Call: int64(start), Output: c.value, Return: int64(end)})
}

// model is a register: a read gives what was written last.
var model = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		c := input.(call)
		if c.write {
			return true, c.value
		}
		return output.(string) == state.(string), state
	},
	Equal: func(a, b any) bool { return a == b },
	DescribeOperation: func(input, output any) string {
		c := input.(call)
		if c.write {
			return fmt.Sprintf("write %s to %s", c.value, registerPath(c.key))
		}
		return fmt.Sprintf("read %q from %s", output, registerPath(c.key))
	},
}

// verdict is what the check says of the histories of all registers.
type verdict struct {
	registers, broken, undecided int
	example                      string
}

// checkTime bounds the check of one register's history.
const checkTime = 20 * time.Second

func (r *registers) check() (v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	byKey := make(map[int][]porcupine.Operation)
	for _, op := range r.history {
		key := op.Input.(call).key
		byKey[key] = append(byKey[key], op)
	}
	v.registers = len(byKey)
	for key, ops := range byKey {
		switch porcupine.CheckOperationsTimeout(model, ops, checkTime) {
		case porcupine.Illegal:
			v.broken++
			v.example = registerPath(key)
		case porcupine.Unknown:
			v.undecided++
		}
	}
	return v
}
