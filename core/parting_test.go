package core

import (
	"errors"
	"slices"
	"strings"
	"testing"

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
