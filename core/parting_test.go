package core

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/roster"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// Who has the leader taken out, or the node that he talks to, has his answer; and on a node that stays his session goes on.
func TestPartingIsAnswered(t *testing.T) {
	for what, test := range map[string]struct{ asked, removed int }{ // 0: the leader
		"the leader is asked to take itself out":         {0, 0},
		"a follower is asked to take out the leader":     {1, 0},
		"the leader is asked to take out two":            {0, 3},
		"a follower is asked to take out both":           {1, 3},
		"the leader is asked to take out its follower":   {0, 1},
		"a follower is asked to take out another":        {2, 1},
		"a follower is asked to take out itself, and is": {1, 1},
	} {
		t.Run(what, func(t *testing.T) { part(t, test.asked, test.removed) })
	}
}

func part(t *testing.T, asked, removed int) {
	listeners, list := members(t, "n1", "n2", "n3", "n4", "n5")
	var nodes []*Node
	for i, m := range list {
		nodes = append(nodes, openQuiet(t, Config{ID: m.ID, Dir: t.TempDir(), Members: list, PeerListener: listeners[i], Super: []sdk.Identity{boss}}))
	}
	for _, n := range nodes {
		awaitServing(t, n)
	}
	slices.SortFunc(nodes, func(a, b *Node) int { return int(b.leads.Load()) - int(a.leads.Load()) }) // the leader first
	gone := []string{nodes[removed%3].cfg.ID}
	if removed == 3 {
		gone = append(gone, nodes[1].cfg.ID)
	}
	c := openClient(t, nodes[asked], sdk.Login{}).asBoss()
	stays := !slices.Contains(gone, nodes[asked].cfg.ID)

	m, err := c.try(sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Leaving: strings.Join(gone, ","), Version: -1}})
	if err != nil || m.Code != sdk.OK {
		t.Fatalf("answered %v, %v", m.Code, err)
	}
	for _, id := range gone {
		if strings.Contains(string(m.Result.Data), "server."+id+"=") {
			t.Errorf("%s is gone, and the answer is %s", id, m.Result.Data)
		}
	}
	if stays {
		c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/goes-on", ACL: sdk.OpenACL()})
		return
	}
	if _, err := c.Next(within(t), make([]sdk.Message, 1)); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("on a node that is outside the session ends with %v", err)
	}
}

// Whose reconfiguration takes out the leader keeps his session while nobody leads, but not a moment longer, whoever led
// when, and whether another one comes or not.
func TestPartingIsOver(t *testing.T) {
	for what, test := range map[string]struct {
		seen uint64 // the term in which the leader was seen last: 5 is the one in which he is taken out
		next uint64 // the term of the leader behind him; 0: there is none
	}{
		"he leads, and another follows him": {5, 6},
		"he leads, and nobody follows him":  {5, 0},
		"he led, and another does by now":   {4, 5},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { partFrom(t, &hustings{t: t, term: test.seen, next: test.next}) })
		})
	}
}

// hustings is a log in which n2 leads, until he is taken out, for all that it knows.
type hustings struct {
	log
	t    *testing.T
	term uint64
	next uint64 // term of the leader behind him
	node *Node
	kept *session.Served
}

func (h *hustings) Status() replica.Status { return replica.Status{Leader: "n2", Term: h.term} }

// Remove takes away the leader, and brings the next one a second later.
func (h *hustings) Remove(context.Context, string, uint64) (uint64, error) {
	if h.node.led.Load() == h.term {
		machine{h.node}.Follow("", h.term)
		if h.kept.Ended() {
			h.t.Error("it is not kept for its answer")
		}
		if h.next > 0 {
			time.AfterFunc(time.Second, func() { machine{h.node}.Follow("n3", h.next) })
		}
	}
	return 1, nil
}

func partFrom(t *testing.T, h *hustings) {
	n := &Node{
		cfg: Config{ID: "n1", Logger: slog.New(slog.DiscardHandler)}, state: newState(feed.Default()), log: h,
		tracker: session.NewTracker(),
	}
	machine{n}.Follow("n2", 5)
	h.node, h.kept = n, n.serveSession(7, &session.Record{}, nil)

	r := &reshaping{node: n, session: 7, plan: roster.Plan{Remove: []string{"n2"}}}
	if err := r.carryOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.part(t.Context())
	if h.kept.Ended() != (h.next == 0) {
		t.Errorf("ended when it is over: %v", h.kept.Ended())
	}
	machine{n}.Follow("", 7)
	if !h.kept.Ended() {
		t.Error("it is kept when the leader is lost much later")
	}
}
