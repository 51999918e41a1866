package core

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/sdk"
)

// council is a log of members, and somebody else who changes them too.
type council struct {
	log
	node    *Node
	index   uint64
	members []replica.Standing
	late    func() // what he does while a newcomer is awaited
	lost    bool   // the answer to a newcomer's admission

	leader    string
	followers []string
}

var errUnheard = errors.New("no answer")

// change is what somebody does who rests on the members of index after; on whichever, for 0.
func (c *council) change(after uint64, id string, to ...replica.Standing) (uint64, error) {
	if after != 0 && after != c.index {
		return 0, replica.ErrChanged
	}
	c.index++
	c.members = append(slices.DeleteFunc(c.members, func(s replica.Standing) bool { return s.ID == id }), to...)
	machine{c.node}.Members(c.members)
	return c.index, nil
}

func (c *council) AddObserver(_ context.Context, m replica.Member, after uint64) (uint64, error) {
	now, err := c.change(after, m.ID, replica.Standing{Member: m, Observer: true})
	if c.lost {
		return 0, errUnheard
	}
	return now, err
}

func (c *council) Promote(ctx context.Context, _ string, _ uint64) (uint64, error) {
	c.late()
	<-ctx.Done()
	return 0, ctx.Err()
}

func (c *council) Remove(_ context.Context, id string, after uint64) (uint64, error) {
	return c.change(after, id)
}

func (c *council) Status() replica.Status {
	return replica.Status{MembersIndex: c.index, Leader: c.leader, Followers: c.followers}
}

// A newcomer that does not come up in time is taken out again, whatever somebody else does with the other members meanwhile;
// but what he has made of it himself stays.
func TestNewcomerIsTakenOutAgain(t *testing.T) {
	n4 := replica.Standing{Member: replica.Member{ID: "n4", Addr: "h4:1"}, Observer: true}
	n5 := replica.Standing{Member: replica.Member{ID: "n5", Addr: "h5:1"}}
	promoted, moved := n4, n4
	promoted.Observer, moved.Addr = false, "h4:2"
	for what, test := range map[string]struct {
		early, late []replica.Standing // what he sets after the plan was made, and while n4 is awaited
		lost        bool
		left        string
	}{
		"nobody else is there":            {},
		"nobody hears that it was let in": {lost: true},
		"he lets in another":              {late: []replica.Standing{n5}, left: "n5"},
		"he gives it a vote":              {late: []replica.Standing{promoted}, left: "n4"},
		"he moves it":                     {late: []replica.Standing{moved}, left: "n4"},
		"he has let it in before":         {early: []replica.Standing{n4}, left: "n4"},
		"he has let in another before":    {early: []replica.Standing{n5}, left: "n5"},
	} {
		t.Run(what, func(t *testing.T) {
			c := &council{index: 1, lost: test.lost}
			c.late = func() { c.set(test.late) }
			c.node = &Node{cfg: Config{ID: "n1", JoinTime: 1}, state: newState(feed.Default()), log: c}
			r := &reshaping{node: c.node, after: c.index, plan: roster.Plan{
				Add: []sdk.Member{{ID: n4.ID, Addr: n4.Addr}}, Promote: []string{n4.ID},
			}}
			c.set(test.early)
			if err := r.carryOut(t.Context()); err == nil {
				t.Error("n4 has come up")
			}
			if left := c.ids(); left != test.left {
				t.Errorf("%q are left", left)
			}
		})
	}
}

func (c *council) set(list []replica.Standing) {
	for _, s := range list {
		_, _ = c.change(0, s.ID, s)
	}
}

func (c *council) ids() string {
	var ids []string
	for _, m := range c.members {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, " ")
}

// Whoever runs the node on which a newcomer was awaited in vain reads there which, where, and what is known of it.
func TestAbsenteeIsNamed(t *testing.T) {
	for what, test := range map[string]struct {
		leader    string
		followers []string
		says      string
	}{
		"nobody there":                    {"n1", []string{"n3"}, "nobody there has come to the leader"},
		"it is slow":                      {"n1", []string{"n3", "n4"}, "it follows, but too far behind"},
		"asked on one that does not lead": {"n2", nil, "only the leader knows whether it is there"},
	} {
		t.Run(what, func(t *testing.T) {
			var said strings.Builder
			warnings := slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn})
			c := &council{index: 1, leader: test.leader, followers: test.followers, late: func() {}}
			c.node = &Node{cfg: Config{ID: "n1", JoinTime: 1, Logger: slog.New(warnings)}, state: newState(feed.Default()), log: c}
			op := sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Joining: "server.n4=h4:1", Version: -1}}
			verdict := c.node.reconfigure(t.Context(), 7, superuser, &op)
			if verdict.Refusal == nil || verdict.Refusal.Code != sdk.CodeNewConfigNoQuorum {
				t.Errorf("answered %+v", verdict)
			}
			says := "member n4 at h4:1: not up to date in time: " + test.says
			if line := said.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, says) {
				t.Errorf("the log says %s", line)
			}
		})
	}
}
