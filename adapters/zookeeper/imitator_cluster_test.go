package zookeeper_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// A follower answers a read after the session's own write, which it has to wait for.
func TestImitator10OwnWritesOnAFollower(t *testing.T) {
	e := newEnsemble(t, core.Config{})
	c := connected(t, e.addresses[(e.leader()+1)%3])
	c.create("/a", sdk.ModePersistent)
	var frames []byte
	const rounds = 100
	for i := range int32(rounds) {
		frames, _ = wire.AppendRequest(frames, 2*i, &sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: strconv.AppendInt(nil, int64(i), 10), Version: sdk.AnyVersion})
		frames, _ = wire.AppendRequest(frames, 2*i+1, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	}
	c.write(frames)
	for i := range int32(rounds) {
		c.reply(2*i, sdk.OpSetData)
		if reply, _ := c.reply(2*i+1, sdk.OpGetData); string(reply.Result.Data) != strconv.Itoa(int(i)) {
			t.Fatalf("after writing %d it reads %q", i, reply.Result.Data)
		}
	}
}

// All nodes give a node the same times, as they do not look at their own clocks.
func TestImitator11OneClock(t *testing.T) {
	e := newEnsemble(t, core.Config{})
	var first sdk.Stat
	for i := range e.nodes {
		c := connected(t, e.addresses[i])
		if i == 0 {
			c.create("/a", sdk.ModePersistent)
			c.set("/a", "x")
			c.create("/a/b", sdk.ModeEphemeral)
		}
		c.must(sdk.OK, sdk.Op{Kind: sdk.OpSync, Path: "/"})
		stat := c.stat("/a")
		if i == 0 {
			first = stat
		}
		if stat != first || stat.Ctime == 0 {
			t.Errorf("node %d says %+v, the first %+v", i+1, stat, first)
		}
	}
}

// When the leader goes, no session ends for it: each gets a whole time-out again from the new one, though nobody was
// heard of meanwhile.
func TestImitator12NoExpiryAtAFailover(t *testing.T) {
	e := newEnsemble(t, core.Config{MinTimeout: time.Second, MaxTimeout: 3 * time.Second})
	leader := e.leader()
	other := (leader + 1) % 3
	bystander := connected(t, e.addresses[other])
	var sessions []wire.ConnectResponse
	for range 20 {
		c := connected(t, e.addresses[other])
		c.create("/e", sdk.ModeEphemeralSequential)
		sessions = append(sessions, c.session)
	}
	for began := time.Now(); time.Since(began) < 2400*time.Millisecond; { // most of a time-out
		bystander.events()
	}
	e.stops[leader]()
	for _, session := range sessions {
		if got := e.comeBack(other, &session); got.SessionID != session.SessionID {
			t.Fatalf("session %#x is gone", session.SessionID)
		}
	}
}

// Without a quorum connections are closed and none is let in; four-letter words say why.
func TestImitator21QuorumLost(t *testing.T) {
	e := newEnsemble(t, core.Config{})
	left := e.leader()
	clients := []*client{connected(t, e.addresses[left]), connected(t, e.addresses[left])}
	clients[1].must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/", Watch: true})
	for i, stop := range e.stops {
		if i != left {
			stop()
		}
	}
	clients[0].ask(1, sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()})
	for _, c := range clients {
		c.drain()
	}
	late := dial(t, e.addresses[left])
	late.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: 4000}))
	late.expectClosed()
	if text := ask(t, e.addresses[left], "ruok"); !strings.Contains(text, "not currently serving") {
		t.Errorf("ruok: %q", text)
	}
}

// drain reads until the server hangs up.
func (c *client) drain() {
	c.t.Helper()
	for {
		if _, err := c.frames.Next(); err != nil {
			c.isEnd(err)
			return
		}
	}
}

// A new term of raft does not make the zxid jump: a counter of 64 bits goes on.
func TestImitator22NoJumpsOfTheZxid(t *testing.T) {
	cfg := core.Config{Dir: t.TempDir()}
	var before int64
	for range 3 {
		node, stopNode := open(t, cfg)
		address, stop := serve(t, node, zookeeper.Config{})
		zxid := connected(t, address).must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL(), Mode: sdk.ModePersistentSequential}).Zxid
		if before != 0 && (zxid <= before || zxid > before+100) {
			t.Errorf("zxid %#x after %#x", zxid, before)
		}
		before = zxid
		stop()
		stopNode()
	}
}

// Zxids are given once, and only rise: over sessions, over operations that fail, and over restarts.
func TestImitator23ZxidsRise(t *testing.T) {
	cfg := core.Config{Dir: t.TempDir()}
	var last int64
	for range 2 {
		node, stopNode := open(t, cfg)
		address, stop := serve(t, node, zookeeper.Config{})
		clients := []*client{connected(t, address), connected(t, address)}
		for i := range 40 {
			c := clients[i%2]
			c.must(sdk.CodeNoNode, sdk.Op{Kind: sdk.OpDelete, Path: "/none"})
			zxid := c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL(), Mode: sdk.ModeEphemeralSequential}).Zxid
			if zxid <= last {
				t.Fatalf("zxid %#x after %#x", zxid, last)
			}
			last = zxid
			if read := c.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/"}).Zxid; read < zxid {
				t.Fatalf("a read shows zxid %#x behind %#x", read, zxid)
			}
		}
		stop()
		stopNode()
	}
}
