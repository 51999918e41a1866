package zookeeper_test

import (
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// A session is taken up again by its number, with what it owns; one that is unknown is not replaced by a new one.
func TestImitator04Reattach(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c := connected(t, address)
	c.create("/e", sdk.ModeEphemeral)
	c.socket.Close()
	again := resumed(t, address, &c.session, 0)
	if again.session.SessionID != c.session.SessionID || again.session.Password != c.session.Password {
		t.Errorf("asked for %+v, got %+v", c.session, again.session)
	}
	if owner := again.stat("/e").EphemeralOwner; owner != c.session.SessionID {
		t.Errorf("the node is of %#x", owner)
	}
	strange := c.session
	strange.SessionID += 1 << 20
	refused := resumed(t, address, &strange, 0)
	if refused.session != (wire.ConnectResponse{}) {
		t.Errorf("an unknown session gets %+v", refused.session)
	}
	refused.expectClosed()
}

// A wrong password is refused, and leaves the connection of the session alone.
func TestImitator05Password(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c := connected(t, address)
	for _, change := range []func(*wire.ConnectResponse){
		func(r *wire.ConnectResponse) { r.Password = [sdk.PasswordLen]byte{} },
		func(r *wire.ConnectResponse) { r.Password[sdk.PasswordLen-1]++ },
	} {
		wrong := c.session
		change(&wrong)
		thief := resumed(t, address, &wrong, 0)
		if thief.session != (wire.ConnectResponse{}) {
			t.Errorf("a wrong password gets %+v", thief.session)
		}
		thief.expectClosed()
		c.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/"})
	}
	if other := connected(t, address); other.session.Password == c.session.Password {
		t.Error("two sessions with one password")
	}
}

// A client that has seen more than this server is not let in, nor answered.
func TestImitator09LastZxidSeen(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{})
	c := connected(t, address)
	seen := c.must(sdk.OK, sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()}).Zxid
	resumed(t, address, &c.session, seen)
	for _, session := range []int64{0, c.session.SessionID} {
		ahead := dial(t, address)
		ahead.write(wire.AppendConnectRequest(nil, &wire.ConnectRequest{LastZxidSeen: seen + 1000, SessionID: session, Password: c.session.Password[:]}))
		ahead.expectClosed()
	}
}

// A ping is answered as -2 whatever its number, renews the session, and does not wait behind writes: what hides a stuck
// quorum elsewhere is told here by closing the connection, see 21. A session that says nothing ends.
func TestImitator16Ping(t *testing.T) {
	address := serving(t, core.Config{MinTimeout: 400 * time.Millisecond}, zookeeper.Config{})
	watcher, lively, silent := connected(t, address), dial(t, address), dial(t, address)
	for _, c := range []*client{lively, silent} {
		c.session = c.shake(&wire.ConnectRequest{TimeoutMillis: 400})
	}
	lively.create("/lively", sdk.ModeEphemeral)
	silent.create("/silent", sdk.ModeEphemeral)
	end := time.Now().Add(patience)
	for began := time.Now(); time.Since(began) < 1200*time.Millisecond; {
		lively.ask(77, sdk.Op{Kind: sdk.OpPing})
		lively.expectAnswer(wire.XidPing, sdk.OK)
	}
	for code := sdk.OK; code != sdk.CodeNoNode; {
		watcher.xid++
		reply, _ := watcher.do(watcher.xid, sdk.Op{Kind: sdk.OpExists, Path: "/silent"})
		if code = reply.Code; time.Now().After(end) {
			t.Fatal("a session that says nothing lives on")
		}
		lively.ask(77, sdk.Op{Kind: sdk.OpPing})
		lively.expectAnswer(wire.XidPing, sdk.OK)
	}
	watcher.must(sdk.OK, sdk.Op{Kind: sdk.OpExists, Path: "/lively"})
}

// Four letters are a word and no length, and are answered at once.
func TestImitator19FourLetterWords(t *testing.T) {
	address := serving(t, core.Config{}, zookeeper.Config{HandshakeTimeout: time.Hour, FrameLimit: zookeeper.MaxFrameLimit})
	for word, want := range map[string]string{"ruok": "imok", "srvr": "Mode: standalone\n", "mntr": "zk_server_state\tstandalone\n", "isro": "rw"} {
		if text := ask(t, address, word); !strings.Contains(text, want) {
			t.Errorf("%s: %q", word, text)
		}
	}
}

// A time-out is what the client asks for, between limits that are low enough for locks that must fail over in seconds.
func TestImitator25SmallestTimeout(t *testing.T) {
	for what, test := range map[string]struct {
		node          core.Config
		asked, agreed int32
	}{
		"as asked":           {core.Config{}, 5000, 5000},
		"no less than 4 s":   {core.Config{}, 1000, 4000},
		"no more than 40 s":  {core.Config{}, 1_000_000, 40000},
		"less if configured": {core.Config{MinTimeout: time.Second}, 1000, 1000},
		"negative":           {core.Config{}, -1, 4000},
	} {
		t.Run(what, func(t *testing.T) {
			got := dial(t, serving(t, test.node, zookeeper.Config{})).shake(&wire.ConnectRequest{TimeoutMillis: test.asked})
			if got.TimeoutMillis != test.agreed {
				t.Errorf("%d ms, want %d", got.TimeoutMillis, test.agreed)
			}
		})
	}
}
