package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// memberChange is a change of the members, and the one that has to catch up for it.
type memberChange struct {
	sdk.Reshape
	id, addr string // "" for nobody
}

// readMembers reads who the members are, and the version that a change of them rests on.
func readMembers(ctx context.Context, k *client.Client) (*roster.Roster, int64, error) {
	text, stat, err := k.Get(ctx, membersPath)
	if err != nil {
		return nil, 0, err
	}
	members, err := roster.Parse(string(text))
	if err != nil {
		return nil, 0, err
	}
	known := new(roster.Roster)
	known.Enrol(members)
	return known, stat.Mzxid, nil
}

func find(known *roster.Roster, id string) (sdk.Member, bool) {
	for _, m := range known.Members() {
		if m.ID == id {
			return m, true
		}
	}
	return sdk.Member{}, false
}

// planned is a change of which the reader learns here what is wrong with it: the server's answer is a number.
func planned(known *roster.Roster, change memberChange) (memberChange, error) {
	_, err := known.Plan(&change.Reshape)
	return change, err
}

// newcomer refuses an ID and an address that no node can have.
func newcomer(id, addr string) error {
	if _, err := word(id); err != nil {
		return fmt.Errorf("member add: %w", err)
	}
	if host, port, err := hostPort(addr); err != nil || host == "" || port == 0 {
		return fmt.Errorf("member add: %s is not HOST:PORT, which is to be the address of its listen.peer", addr)
	}
	return nil
}

// memberTime is what a change of the members may take when nothing else is said: a new member has to catch up.
const memberTime = time.Minute

// memberPause is how long a change of the members may take before it is told what it waits for.
const memberPause = 2 * time.Second

// reshape makes a command's body of what is to change, and shows the members afterwards.
func (c *console) reshape(what func(known *roster.Roster, args []string) (memberChange, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("timeout") {
			c.timeout = memberTime
		}
		return c.act(func(ctx context.Context, k *client.Client, args []string) error {
			known, version, err := readMembers(ctx, k)
			if err != nil {
				return err
			}
			change, err := what(known, args)
			if err != nil {
				return err
			}
			change.Version = version
			defer change.tell(c.errs, memberPause)()
			text, _, err := k.Reconfig(ctx, change.Reshape)
			if err != nil {
				return change.advise(err)
			}
			members, err := roster.Parse(text)
			if err != nil {
				return err
			}
			return c.showMembers(members, "")
		})(cmd, args)
	}
}

// tell says after a while who is waited for, unless the function that it returns is called before. Once that has
// returned, nothing is said any more.
func (m *memberChange) tell(w io.Writer, after time.Duration) (enough func()) {
	if m.id == "" {
		return func() {}
	}
	told := make(chan struct{})
	timer := time.AfterFunc(after, func() {
		defer close(told)
		fmt.Fprintf(w, "waiting for %s at %s to catch up\n", m.id, m.addr)
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}

// advise adds to the error of a change what to do about it.
func (m *memberChange) advise(err error) error {
	late := errors.Is(err, sdk.CodeNewConfigNoQuorum) || errors.Is(err, context.DeadlineExceeded)
	switch {
	case errors.Is(err, sdk.CodeNoAuth):
		return fmt.Errorf("%w: it takes an identity of auth.super, given with --auth USER:PASSWORD", err)
	case errors.Is(err, sdk.CodeBadVersion):
		return fmt.Errorf("%w: somebody else changed the members meanwhile: look at 'grove member list' and try again", err)
	case late && m.id != "":
		return fmt.Errorf("%w: is %s running, and reachable at %s? Started with --cluster.join it comes in by itself", err, m.id, m.addr)
	}
	return err
}
