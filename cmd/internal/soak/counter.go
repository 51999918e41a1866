package soak

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// counter is a node in which one client counts up.
type counter struct {
	path   string
	told   atomic.Int64 // the highest number that was acknowledged
	backs  atomic.Int64 // how often somebody saw it go back
	writes atomic.Int64
	reads  atomic.Int64
}

func newCounter(id int) *counter { return &counter{path: fmt.Sprintf("/soak/counter-%d", id)} }

// count counts up until ctx ends.
func (c *counter) count(ctx context.Context, servers []string) {
	link := &link{servers: servers}
	defer link.close()
	for next := int64(0); ctx.Err() == nil; {
		k, err := link.client(ctx)
		if err != nil {
			continue
		}
		if err := makeNode(ctx, k, c.path); err != nil {
			link.check(err)
			continue
		}
		next++
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
		_, err = k.Set(call, c.path, []byte(strconv.FormatInt(next, 10)), sdk.AnyVersion)
		cancel()
		if err == nil {
			c.told.Store(next)
			c.writes.Add(1)
		}
		link.check(err)
	}
}

// watch reads the counter again and again until ctx ends. One client never sees it go back, over whatever nodes it is
// moved, as long as its session lives: servers that have seen less than it refuse it.
func (c *counter) watch(ctx context.Context, servers []string) {
	link := &link{servers: servers}
	defer link.close()
	var of *client.Client
	var seen int64
	for ctx.Err() == nil {
		k, err := link.client(ctx)
		if err != nil {
			continue
		}
		if k != of {
			of, seen = k, 0
		}
		now, err := c.read(ctx, k)
		switch {
		case err != nil:
		case now < seen:
			c.backs.Add(1)
		default:
			seen = now
		}
		link.check(err)
	}
}

// read is the number that the client's server has; 0 before the first.
func (c *counter) read(ctx context.Context, k *client.Client) (int64, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	c.reads.Add(1)
	data, _, err := k.Get(ctx, c.path)
	switch {
	case errors.Is(err, sdk.CodeNoNode):
		return 0, nil
	case err != nil:
		return 0, err
	}
	if len(data) == 0 {
		return 0, nil
	}
	return strconv.ParseInt(string(data), 10, 64)
}

// lost reports whether a number that was acknowledged is gone, now that nobody counts any more.
func (c *counter) lost(ctx context.Context, servers []string) (bool, error) {
	link := &link{servers: servers}
	defer link.close()
	k, err := link.client(ctx)
	if err != nil {
		return false, err
	}
	if err := k.Sync(ctx, c.path); err != nil {
		return false, err
	}
	now, err := c.read(ctx, k)
	return now < c.told.Load(), err
}
