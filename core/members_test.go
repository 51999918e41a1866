package core

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

var boss = sdk.Identity{Scheme: "digest", ID: "boss:" + "HmfhJIFKFBixIzUWoswupLD5Ih4="} // of "boss:secret"

// reconfig asks for a change of the members.
func (c *client) reconfig(joining, leaving string, version int64) sdk.Message {
	c.t.Helper()
	return c.ask(sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Joining: joining, Leaving: leaving, Version: version}})
}

func (c *client) asBoss() *client {
	c.t.Helper()
	if m := c.ask(sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("boss:secret")}); m.Code != sdk.OK {
		c.t.Fatal(m.Code)
	}
	return c
}

// A cluster of one grows to two and an observer by reconfiguration, tells everybody so, and shrinks again.
func TestMembersAreReconfigured(t *testing.T) {
	first := openNode(t, Config{ID: "n1", Clients: "host1:2181", Super: []sdk.Identity{boss}})
	c := openClient(t, first, sdk.Login{}).asBoss()
	await(t, "the node has told where it listens", func() bool {
		return strings.Contains(string(c.ask(sdk.Op{Kind: sdk.OpGetData, Path: membersPath}).Result.Data), ":participant;host1:2181\n")
	})
	if m := c.ask(sdk.Op{Kind: sdk.OpGetData, Path: membersPath, Watch: true}); m.Code != sdk.OK {
		t.Fatal(m.Code)
	}

	second := openQuiet(t, Config{ID: "n2", Join: []string{peer(first)}, Observer: true, Clients: "host2:2181"})
	awaitServing(t, second)
	await(t, "the observer is told of", func() bool {
		s, _ := first.Status(t.Context())
		return len(s.Members) == 2 && s.Members[1].Observer && s.Members[1].Clients == "host2:2181"
	})
	if s, _ := second.Status(t.Context()); s.Role != sdk.RoleObserver {
		t.Errorf("n2 is %s, not an observer", s.Role)
	}

	line := "server.n2=" + peer(second) + ":participant"
	m := c.reconfig(line, "", -1)
	if m.Code != sdk.OK || !strings.Contains(string(m.Result.Data), "server.2="+peer(second)) || strings.Contains(string(m.Result.Data), "observer") {
		t.Fatalf("promoted: %v %s", m.Code, m.Result.Data)
	}
	if len(c.events) == 0 || c.events[0].Path != membersPath {
		t.Errorf("the watch on the members heard %v", c.events)
	}
	if stale := c.reconfig("", "n2", m.Result.Stat.Mzxid-1); stale.Code != sdk.CodeBadVersion {
		t.Errorf("a change that rests on an old version: %v", stale.Code)
	}
	if m := c.reconfig("", "n2", m.Result.Stat.Mzxid); m.Code != sdk.OK || strings.Contains(string(m.Result.Data), "n2") {
		t.Fatalf("removed: %v %s", m.Code, m.Result.Data)
	}
	await(t, "the removed one says so", func() bool {
		s, _ := second.Status(t.Context())
		return !s.Serving && strings.Contains(s.Why, "no longer a member of the cluster")
	})
}

// What a reconfiguration says of an observer stands there at once, and its own word when it comes up.
func TestJoiningLineIsKept(t *testing.T) {
	first := openNode(t, Config{ID: "n1", Super: []sdk.Identity{boss}})
	c := openClient(t, first, sdk.Login{}).asBoss()
	l := listenAt(t, "127.0.0.1:0")
	says := "=" + l.Addr().String() + ":3888:observer;0.0.0.0:2181"
	line := "server.n2" + says
	m := c.reconfig(line, "", -1)
	if m.Code != sdk.OK || !strings.Contains(string(m.Result.Data), "\nserver.2"+says+"\n") || m.Zxid != m.Result.Stat.Mzxid {
		t.Fatalf("joined: %+v %s", m, m.Result.Data)
	}
	if again := c.reconfig(line, "", m.Result.Stat.Mzxid); again.Code != sdk.OK || again.Zxid != m.Zxid {
		t.Errorf("the same again: %+v", again)
	}
	second := openQuiet(t, Config{ID: "n2", Join: []string{peer(first)}, Observer: true, Clients: "host2:2181", PeerListener: l})
	awaitServing(t, second)
	await(t, "the observer's own word counts", func() bool {
		data := c.ask(sdk.Op{Kind: sdk.OpGetData, Path: membersPath}).Result.Data
		return strings.Contains(string(data), ":observer;host2:2181\n") && !strings.Contains(string(data), ":3888:")
	})
	await(t, "both are equal", func() bool { return bytes.Equal(capture(t, first), capture(t, second)) })
}

// What nobody may do, or nobody can.
func TestReconfigurationIsRefused(t *testing.T) {
	n := openNode(t, Config{ID: "n1", Super: []sdk.Identity{boss}, JoinTime: 1})
	c := openClient(t, n, sdk.Login{})
	if m := c.reconfig("server.n2=127.0.0.1:1", "", -1); m.Code != sdk.CodeNoAuth {
		t.Errorf("by anybody: %v", m.Code)
	}
	c.asBoss()
	for _, test := range []struct {
		joining, leaving string
		code             sdk.Code
	}{
		{"nonsense", "", sdk.CodeBadArguments},
		{"", "n1", sdk.CodeBadArguments},
		{"server.n2=127.0.0.1:1", "", sdk.CodeNewConfigNoQuorum}, // never comes up
	} {
		if m := c.reconfig(test.joining, test.leaving, -1); m.Code != test.code {
			t.Errorf("join %q, leave %q: %v, want %v", test.joining, test.leaving, m.Code, test.code)
		}
	}
	if s, _ := n.Status(t.Context()); len(s.Members) != 1 {
		t.Errorf("members %v are left of an attempt that failed", s.Members)
	}
	if m, err := c.try(sdk.Op{Kind: sdk.OpReconfig}); err != nil || m.Code != sdk.CodeMarshallingError {
		t.Errorf("without a change: %v %v", m.Code, err)
	}
	fixed := openNode(t, Config{ID: "n1", Super: []sdk.Identity{boss}, FixedMembers: true})
	if m := openClient(t, fixed, sdk.Login{}).asBoss().reconfig("", "n1", -1); m.Code != sdk.CodeReconfigDisabled {
		t.Errorf("where members are fixed: %v", m.Code)
	}
}

// Members are in snapshots: a node that begins with one knows them.
func TestSnapshotHoldsMembers(t *testing.T) {
	n := openNode(t, Config{ID: "n1", Clients: "host1:2181"})
	await(t, "the node has told where it listens", func() bool { return !n.unannounced() })
	image, err := machine{n}.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var saved bytes.Buffer
	if _, err := image.WriteTo(&saved); err != nil {
		t.Fatal(err)
	}
	image.Release()
	restored, err := readSnapshot(&saved, n.cfg.Feed)
	if err != nil || restored.roster.Text(1) != n.roster.Text(1) {
		t.Fatalf("restored %v, %v", restored.roster, err)
	}
}

// While there is no quorum, a client that is content with it reads what the node last applied, under its own session or
// a new one, writes nothing, and is let go when the cluster is whole again.
func TestReadOnlyWithoutQuorum(t *testing.T) {
	listeners, list := members(t, "n1", "n2")
	var nodes []*Node
	for i, m := range list {
		nodes = append(nodes, openQuiet(t, Config{ID: m.ID, Dir: t.TempDir(), Members: list, PeerListener: listeners[i], ReadOnly: i == 0}))
	}
	awaitServing(t, nodes[0])
	awaitServing(t, nodes[1])
	c := openClient(t, nodes[0], sdk.Login{})
	c.ask(sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte("1"), ACL: sdk.OpenACL()})
	dir := nodes[1].cfg.Dir
	if err := nodes[1].Close(); err != nil {
		t.Fatal(err)
	}
	await(t, "the quorum is lost", func() bool { return nodes[0].notServing() != nil })
	if _, err := nodes[0].Open(within(t), sdk.Login{}); err == nil {
		t.Fatal("a session was opened without a quorum")
	}

	if _, err := nodes[0].Open(within(t), sdk.Login{ReadOnly: true}); err == nil && nodes[0].leaderless() < readOnlyWait {
		t.Error("a session that only reads was opened where the next leader may be a moment away")
	}
	await(t, "it is without a leader for long enough", func() bool { return nodes[0].leaderless() >= readOnlyWait })
	info := c.Info()
	for _, login := range []sdk.Login{{ReadOnly: true}, {ReadOnly: true, SessionID: info.ID, Password: info.Password[:]}} {
		reader := openClient(t, nodes[0], login)
		if !reader.Info().ReadOnly || login.SessionID != 0 && reader.Info().ID != info.ID {
			t.Errorf("opened %+v for %+v", reader.Info(), login)
		}
		if m := reader.ask(sdk.Op{Kind: sdk.OpGetData, Path: "/a", Watch: true}); string(m.Result.Data) != "1" {
			t.Errorf("read %q, %v", m.Result.Data, m.Code)
		}
		for _, kind := range []sdk.OpKind{sdk.OpCreate, sdk.OpSync, sdk.OpMulti} {
			if m := reader.ask(sdk.Op{Kind: kind, Path: "/b", ACL: sdk.OpenACL()}); m.Code != sdk.CodeNotReadOnly {
				t.Errorf("%v: %v", kind, m.Code)
			}
		}
	}
	last := openClient(t, nodes[0], sdk.Login{ReadOnly: true})
	if m := openClient(t, nodes[0], sdk.Login{ReadOnly: true}).ask(sdk.Op{Kind: sdk.OpCloseSession}); m.Code != sdk.OK {
		t.Errorf("closed: %v", m.Code)
	}
	if _, err := nodes[0].Open(within(t), sdk.Login{ReadOnly: true, SessionID: info.ID, Password: make([]byte, sdk.PasswordLen)}); err == nil {
		t.Error("a session was shown for the wrong password")
	}

	again := openQuiet(t, Config{ID: "n2", Dir: dir, Members: list, PeerListener: listenAt(t, list[1].Addr)})
	awaitServing(t, again)
	awaitServing(t, nodes[0])
	if _, err := last.Next(within(t), make([]sdk.Message, 1)); err == nil {
		t.Error("a reader goes on though the cluster is whole")
	}
}

// peer is where a node of a test listens for the others.
func peer(n *Node) string { return n.cfg.PeerListener.Addr().String() }

func listenAt(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Two changes that rest on the same version do not both happen, and a change that would leave nobody to agree is refused.
func TestReconfigurationIsCompareAndSet(t *testing.T) {
	listeners, list := members(t, "n1", "n2", "n3")
	var nodes []*Node
	for i, m := range list {
		nodes = append(nodes, openQuiet(t, Config{ID: m.ID, Dir: t.TempDir(), Members: list, PeerListener: listeners[i], Super: []sdk.Identity{boss}}))
	}
	for _, n := range nodes {
		awaitServing(t, n)
	}
	first, second := openClient(t, nodes[0], sdk.Login{}).asBoss(), openClient(t, nodes[1], sdk.Login{}).asBoss()
	version := first.ask(sdk.Op{Kind: sdk.OpGetData, Path: membersPath}).Result.Stat.Mzxid
	answers := make(chan sdk.Code, 2)
	for _, c := range []*client{first, second} {
		go func() {
			m, err := c.try(sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Joining: "server.n9=127.0.0.1:1:observer", Version: version}})
			if err != nil {
				m.Code = sdk.CodeConnectionLoss
			}
			answers <- m.Code
		}()
	}
	got := []sdk.Code{<-answers, <-answers}
	slices.Sort(got)
	if !slices.Equal(got, []sdk.Code{sdk.CodeBadVersion, sdk.OK}) {
		t.Errorf("two changes of one version: %v", got)
	}

	leader := slices.IndexFunc(nodes, func(n *Node) bool { return n.leads.Load() != 0 })
	gone, other := nodes[(leader+1)%3], nodes[(leader+2)%3]
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	c := openClient(t, nodes[leader], sdk.Login{}).asBoss()
	if m := c.reconfig("", other.cfg.ID, -1); m.Code != sdk.CodeNewConfigNoQuorum {
		t.Errorf("to be left with a node that is not there: %v", m.Code)
	}
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/goes-on", ACL: sdk.OpenACL()})
}
