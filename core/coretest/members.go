package coretest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Join starts a new node that asks to be let in without a vote, and gives its number once it was.
func (c *Cluster) Join() (int, error) {
	c.mu.Lock()
	m := member(fmt.Sprintf("n%d", len(c.seats)+1))
	s := &seat{Member: m, dir: filepath.Join(c.dir, m.ID), gone: true}
	for _, f := range c.founders {
		s.join = append(s.join, f.Addr)
	}
	c.seats = append(c.seats, s)
	number := len(c.seats) - 1
	c.mu.Unlock()
	if err := c.start(s); err != nil {
		return 0, err
	}
	c.mark(s, false)
	return number, nil
}

func (c *Cluster) mark(s *seat, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.gone = gone
}

// Promote gives a node a vote.
func (c *Cluster) Promote(ctx context.Context, i int) error {
	m := c.seat(i).Member
	return c.reconfigure(ctx, sdk.Reshape{Joining: fmt.Sprintf("server.%s=%s:participant", m.ID, m.Addr), Version: -1},
		func(s sdk.Status) bool { return slices.Contains(s.Members, sdk.Member{ID: m.ID, Addr: m.Addr}) })
}

// Remove takes a node out of the cluster, and ends it.
func (c *Cluster) Remove(ctx context.Context, i int) error {
	s := c.seat(i)
	err := c.reconfigure(ctx, sdk.Reshape{Leaving: s.ID, Version: -1}, func(status sdk.Status) bool {
		return !slices.ContainsFunc(status.Members, func(m sdk.Member) bool { return m.ID == s.ID })
	})
	if err == nil {
		c.mark(s, true)
		c.Stop(i)
	}
	return err
}

// reconfigure asks one node after the other, until it is done or the leader says that it is so: others may be behind, and
// not know yet who came.
func (c *Cluster) reconfigure(ctx context.Context, change sdk.Reshape, done func(sdk.Status) bool) error {
	for {
		for _, i := range c.Running() {
			if err := c.ask(ctx, i, change); err == nil {
				return nil
			}
			n := c.Node(i)
			if n == nil {
				continue
			}
			if s, err := n.Status(ctx); err == nil && s.Serving && s.Role == sdk.RoleLeader && done(s) {
				return nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Cluster) ask(ctx context.Context, i int, change sdk.Reshape) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	n := c.Node(i)
	if n == nil {
		return errors.New("it does not run")
	}
	s, err := n.Open(ctx, sdk.Login{Identities: []sdk.Identity{Boss}})
	if err != nil {
		return err
	}
	defer s.Close()
	got := exchange(ctx, s, []sdk.Op{{Kind: sdk.OpReconfig, Members: &change}, {Kind: sdk.OpCloseSession}})
	if len(got) == 0 {
		return errors.New("no answer")
	}
	return got[0].Code.Err()
}

// Staff lets nodes in, gives some of them a vote, and takes them out again, until ctx ends, and gives how many changes
// were made. A change that has begun by then is brought to its end.
func (c *Cluster) Staff(ctx context.Context, r *rand.Rand) (changes int) {
	for ctx.Err() == nil {
		i, err := c.Join()
		if err != nil {
			continue
		}
		steps := []func(context.Context, int) error{c.Remove}
		if r.IntN(3) > 0 {
			steps = []func(context.Context, int) error{c.Promote, c.Remove}
		}
		changes++
		for _, step := range steps {
			time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
			if ctx.Err() == nil && c.whole(ctx, i, step) == nil {
				changes++
			}
		}
	}
	return changes
}

// whole lets a change come to its end when ctx has ended meanwhile: else nobody would know who is a member.
func (c *Cluster) whole(ctx context.Context, i int, change func(context.Context, int) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return change(ctx, i)
}
