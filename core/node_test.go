package core

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/sdktest"
)

// patience bounds every wait of these tests; none is meant to last.
const patience = 30 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// openNode opens a node, closed at the end of the test, and waits until it serves.
func openNode(t *testing.T, cfg Config) *Node {
	t.Helper()
	n := openQuiet(t, cfg)
	awaitServing(t, n)
	return n
}

func openQuiet(t *testing.T, cfg Config) *Node {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.PeerListener == nil {
		cfg.PeerListener = listen(t)
	}
	n, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// await asks again and again whether something has come about.
func await(t *testing.T, what string, come func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for ctx := within(t); !come(); {
		select {
		case <-ctx.Done():
			t.Fatal("waited in vain until ", what)
		case <-tick.C:
		}
	}
}

func awaitServing(t *testing.T, n *Node) {
	t.Helper()
	await(t, n.cfg.ID+" serves", func() bool { return n.notServing() == nil })
}

// client is a session that asks one thing at a time.
type client struct {
	t *testing.T
	sdk.Session
	events []sdk.Event
}

func openClient(t *testing.T, host sdk.Host, login sdk.Login) *client {
	t.Helper()
	if login.Timeout == 0 {
		login.Timeout = time.Minute
	}
	s, err := host.Open(within(t), login)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &client{t: t, Session: s}
}

// ask submits one operation and waits for its reply; events on the way are kept.
func (c *client) ask(op sdk.Op) sdk.Message {
	c.t.Helper()
	m, err := c.try(op)
	if err != nil {
		c.t.Fatalf("%v %s: %v", op.Kind, op.Path, err)
	}
	return m
}

func (c *client) try(op sdk.Op) (sdk.Message, error) {
	ctx := within(c.t)
	if err := c.Submit(ctx, 1, &op); err != nil {
		return sdk.Message{}, err
	}
	for dst := make([]sdk.Message, 1); ; {
		if _, err := c.Next(ctx, dst); err != nil {
			return sdk.Message{}, err
		}
		if dst[0].Event == nil {
			return dst[0], nil
		}
		c.events = append(c.events, *dst[0].Event)
	}
}

func create(path, data string) sdk.Op {
	return sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte(data), ACL: sdk.OpenACL()}
}

func get(path string) sdk.Op { return sdk.Op{Kind: sdk.OpGetData, Path: path} }

func set(path, data string) sdk.Op {
	return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(data), Version: sdk.AnyVersion}
}

func (c *client) must(op sdk.Op) sdk.Message {
	c.t.Helper()
	m := c.ask(op)
	if m.Code != sdk.OK {
		c.t.Fatalf("%v %s: %v", op.Kind, op.Path, m.Code)
	}
	return m
}

func TestNodeIsAHost(t *testing.T) {
	sdktest.TestHost(t, func(t *testing.T) sdk.Host { return openNode(t, Config{ID: "n1"}) })
}

func TestRestartKeepsWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, Config{ID: "n1", Dir: dir})
	c := openClient(t, n, sdk.Login{})
	for i := range 100 {
		c.must(create(fmt.Sprintf("/n%d", i), "x"))
	}
	owned := c.must(sdk.Op{Kind: sdk.OpCreate2, Path: "/own", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, Config{ID: "n1", Dir: dir})
	info := c.Info()
	again := openClient(t, n, sdk.Login{SessionID: info.ID, Password: info.Password[:], LastZxid: owned.Zxid})
	if children := again.must(sdk.Op{Kind: sdk.OpGetChildren, Path: "/"}).Result.Children; len(children) != 102 {
		t.Errorf("%d children of / after the restart, want 102", len(children))
	}
	if stat := again.must(sdk.Op{Kind: sdk.OpExists, Path: "/own"}).Result.Stat; stat != owned.Result.Stat {
		t.Errorf("ephemeral node is %+v, was %+v", stat, owned.Result.Stat)
	}
	again.must(set("/n0", "written in the new epoch"))
}

func TestSilentSessionExpires(t *testing.T) {
	n := openNode(t, Config{ID: "n1", MinTimeout: 20 * time.Millisecond, Tick: 5 * time.Millisecond})
	silent := openClient(t, n, sdk.Login{Timeout: 50 * time.Millisecond})
	silent.must(sdk.Op{Kind: sdk.OpCreate, Path: "/own", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	watcher := openClient(t, n, sdk.Login{})
	watcher.must(sdk.Op{Kind: sdk.OpExists, Path: "/own", Watch: true})
	dst := make([]sdk.Message, 1)
	if _, err := watcher.Next(within(t), dst); err != nil || dst[0].Event == nil || dst[0].Event.Kind != sdk.EventDeleted {
		t.Fatalf("%+v, %v; want the deletion of /own", dst[0], err)
	}
	if _, err := silent.try(get("/")); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("expired session: %v", err)
	}
	info := silent.Info()
	if _, err := n.Open(within(t), sdk.Login{SessionID: info.ID, Password: info.Password[:]}); !errors.Is(err, sdk.ErrNoSession) {
		t.Errorf("resuming it: %v", err)
	}
}

// A wrong password does not disturb the session's present connection; the right one takes its place.
func TestResumeReplacesConnection(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	info := c.Info()
	if _, err := n.Open(within(t), sdk.Login{SessionID: info.ID, Password: make([]byte, sdk.PasswordLen)}); !errors.Is(err, sdk.ErrNoSession) {
		t.Fatalf("wrong password: %v", err)
	}
	c.must(create("/a", ""))
	again := openClient(t, n, sdk.Login{SessionID: info.ID, Password: info.Password[:]})
	if _, err := c.try(create("/b", "")); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("old connection: %v", err)
	}
	again.must(create("/c", ""))
}

func TestClientFromTheFutureIsRefused(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	if _, err := n.Open(within(t), sdk.Login{LastZxid: 1 << 40}); !errors.Is(err, sdk.ErrAhead) {
		t.Errorf("%v, want %v", err, sdk.ErrAhead)
	}
}

func TestDataFolderIsOneNodesAlone(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, Config{ID: "n1", Dir: dir})
	if _, err := Open(Config{ID: "n1", Dir: dir, PeerListener: listen(t)}); err == nil || !strings.Contains(err.Error(), "held by another process") {
		t.Errorf("opened twice: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{ID: "n2", Dir: dir, PeerListener: listen(t)}); err == nil || !strings.Contains(err.Error(), `belongs to node "n1"`) {
		t.Errorf("opened as another node: %v", err)
	}
}

func TestSnapshotRestoresTheSameState(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	for i := range 50 {
		c.must(create(fmt.Sprintf("/n%02d", i), strings.Repeat("x", i)))
	}
	c.must(sdk.Op{Kind: sdk.OpDelete, Path: "/n07", Version: sdk.AnyVersion})
	before := capture(t, n)
	other := openNode(t, Config{ID: "n2"})
	bystander := openClient(t, other, sdk.Login{})
	if err := (machine{other}).Restore(bytes.NewReader(before)); err != nil {
		t.Fatal(err)
	}
	if after := capture(t, other); !bytes.Equal(before, after) {
		t.Error("the restored state encodes differently")
	}
	if _, err := bystander.try(get("/")); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("a client of the node that was restored: %v", err)
	}
	for _, damaged := range [][]byte{nil, before[:len(before)-1], append([]byte("x"), before[1:]...), flip(before, len(before)/2)} {
		if err := (machine{other}).Restore(bytes.NewReader(damaged)); err == nil {
			t.Error("a damaged snapshot was restored")
		}
	}
	if after := capture(t, other); !bytes.Equal(before, after) {
		t.Error("a damaged snapshot has changed the state")
	}
}

func capture(t *testing.T, n *Node) []byte {
	t.Helper()
	s, err := machine{n}.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	var out bytes.Buffer
	if _, err := s.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func flip(data []byte, at int) []byte {
	c := bytes.Clone(data)
	c[at] ^= 1
	return c
}

// members makes the listeners and the member list of a cluster.
func members(t *testing.T, ids ...string) ([]net.Listener, []replica.Member) {
	t.Helper()
	listeners, list := make([]net.Listener, len(ids)), make([]replica.Member, len(ids))
	for i, id := range ids {
		listeners[i] = listen(t)
		list[i] = replica.Member{ID: id, Addr: listeners[i].Addr().String()}
	}
	return listeners, list
}

func TestLeasesAreSwept(t *testing.T) {
	n := openNode(t, Config{ID: "n1", Sweep: 5 * time.Millisecond})
	c := openClient(t, n, sdk.Login{})
	c.must(sdk.Op{Kind: sdk.OpCreateContainer, Path: "/box", Mode: sdk.ModeContainer, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpCreateTTL, Path: "/brief", Mode: sdk.ModeTTL, TTL: 20, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpCreateTTL, Path: "/long", Mode: sdk.ModeTTL, TTL: 1<<40 - 1, ACL: sdk.OpenACL()})
	c.must(create("/box/last", ""))
	c.must(sdk.Op{Kind: sdk.OpDelete, Path: "/box/last", Version: sdk.AnyVersion})
	await(t, "the container and the short-lived node are gone", func() bool {
		return n.Counts().Swept == 2
	})
	for path, want := range map[string]sdk.Code{"/box": sdk.CodeNoNode, "/brief": sdk.CodeNoNode, "/long": sdk.OK} {
		if m := c.ask(sdk.Op{Kind: sdk.OpExists, Path: path}); m.Code != want {
			t.Errorf("%s: %v, want %v", path, m.Code, want)
		}
	}
}

// Writes go on while a snapshot is being written, and what it holds is the state as it was captured.
func TestSnapshotIsOfOneMoment(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	for i := range 200 {
		c.must(create(fmt.Sprintf("/n%03d", i), "before"))
	}
	want := capture(t, n)
	s, err := machine{n}.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	for i := range 200 {
		c.must(set(fmt.Sprintf("/n%03d", i), "after"))
	}
	c.must(sdk.Op{Kind: sdk.OpDelete, Path: "/n007", Version: sdk.AnyVersion})
	c.must(create("/new", ""))
	var got bytes.Buffer
	if _, err := s.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the snapshot holds something of what came after it")
	}
}
