package core

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

// cluster is three nodes in this process, on loopback.
type cluster struct {
	t     *testing.T
	list  []replica.Member
	dirs  []string
	nodes []*Node
}

func openCluster(t *testing.T, engine sdk.Engine) *cluster {
	t.Helper()
	listeners, list := members(t, "n1", "n2", "n3")
	c := &cluster{t: t, list: list}
	for i, m := range list {
		c.dirs = append(c.dirs, t.TempDir())
		c.nodes = append(c.nodes, openQuiet(t, Config{
			ID: m.ID, Dir: c.dirs[i], Members: list, PeerListener: listeners[i], Engine: engine,
		}))
	}
	for _, n := range c.nodes {
		awaitServing(t, n)
	}
	return c
}

// leader is the node that leads, followers are the others that are open.
func (c *cluster) leader() (leader int, followers []int) {
	c.t.Helper()
	await(c.t, "somebody leads", func() bool {
		leader, followers = -1, nil
		for i, n := range c.nodes {
			switch {
			case n == nil:
			case n.leads.Load() != 0 && n.notServing() == nil:
				leader = i
			case n.notServing() == nil:
				followers = append(followers, i)
			}
		}
		return leader >= 0 && len(followers) > 0
	})
	return leader, followers
}

func (c *cluster) stop(i int) {
	c.t.Helper()
	if err := c.nodes[i].Close(); err != nil {
		c.t.Fatal(err)
	}
	c.nodes[i] = nil
}

func (c *cluster) restart(i int) {
	c.t.Helper()
	l, err := net.Listen("tcp", c.list[i].Addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.nodes[i] = openNode(c.t, Config{ID: c.list[i].ID, Dir: c.dirs[i], Members: c.list, PeerListener: l})
}

// agree waits until the whole states of all open nodes are equal, byte for byte. raft's applied index is of no use
// here: it counts what was handed to the node. Nodes that differ at the same entry never become equal.
func (c *cluster) agree() {
	c.t.Helper()
	open := slices.DeleteFunc(slices.Clone(c.nodes), func(n *Node) bool { return n == nil })
	for _, n := range open[1:] {
		await(c.t, n.cfg.ID+" and "+open[0].cfg.ID+" are equal", func() bool {
			return bytes.Equal(capture(c.t, n), capture(c.t, open[0]))
		})
	}
}

func TestFollowersClientReadsItsOwnWrites(t *testing.T) {
	c := openCluster(t, nil)
	_, followers := c.leader()
	client := openClient(t, c.nodes[followers[0]], sdk.Login{})
	client.must(create("/a", "0"))
	for i := range 50 {
		data := fmt.Sprint(i)
		client.must(set("/a", data))
		if got := client.must(get("/a")).Result.Data; string(got) != data {
			t.Fatalf("read %q after writing %q", got, data)
		}
	}
	// Sync on the other follower, and read there what was written here.
	other := openClient(t, c.nodes[followers[1]], sdk.Login{})
	other.must(sdk.Op{Kind: sdk.OpSync, Path: "/a"})
	if got := other.must(get("/a")).Result.Data; string(got) != "49" {
		t.Errorf("after sync read %q", got)
	}
	c.agree()
}

// Writers on every node go on while the leader is closed and comes back; what was acknowledged is there, each
// writer's in its order.
func TestLeaderChangeLosesNothing(t *testing.T) {
	c := openCluster(t, nil)
	seed := openClient(t, c.nodes[0], sdk.Login{})
	leader, followers := c.leader()
	ctx, stop := context.WithCancel(within(t))
	var writers sync.WaitGroup
	acknowledged := make([][]int, len(c.nodes))
	progress := make(chan struct{}, 1000)
	for _, i := range followers {
		root := fmt.Sprintf("/w%d", i)
		seed.must(create(root, ""))
		node := c.nodes[i]
		writers.Go(func() { acknowledged[i] = write(ctx, t, node, root, progress) })
	}
	for range 50 {
		<-progress
	}
	c.stop(leader)
	c.leader()
	for len(progress) > 0 {
		<-progress
	}
	for range 50 {
		<-progress
	}
	stop()
	writers.Wait()
	c.restart(leader)
	reader := openClient(t, c.nodes[leader], sdk.Login{})
	reader.must(sdk.Op{Kind: sdk.OpSync, Path: "/"})
	for _, i := range followers {
		root := fmt.Sprintf("/w%d", i)
		names := reader.must(sdk.Op{Kind: sdk.OpGetChildren, Path: root}).Result.Children
		for _, number := range acknowledged[i] {
			if !slices.Contains(names, fmt.Sprintf("%06d", number)) {
				t.Errorf("%s/%06d was acknowledged and is gone", root, number)
			}
		}
	}
	c.agree()
}

// write creates numbered nodes below root, resuming or renewing its session whenever it ends, and gives the numbers
// that were acknowledged.
func write(ctx context.Context, t *testing.T, node *Node, root string, progress chan<- struct{}) (acknowledged []int) {
	var session sdk.Session
	dst := make([]sdk.Message, 1)
	for number := 0; ctx.Err() == nil; number++ {
		if session == nil {
			var err error
			if session, err = node.Open(ctx, sdk.Login{}); err != nil {
				number--
				continue
			}
		}
		op := create(fmt.Sprintf("%s/%06d", root, number), "x")
		err := session.Submit(ctx, 1, &op)
		if err == nil {
			_, err = session.Next(ctx, dst)
		}
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, sdk.ErrSessionClosed) {
				t.Errorf("write %d: %v", number, err)
			}
			_ = session.Close()
			session = nil
			continue
		}
		if dst[0].Code == sdk.OK {
			acknowledged = append(acknowledged, number)
		}
		select {
		case progress <- struct{}{}:
		default:
		}
	}
	return acknowledged
}
