package nats_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/adapters/nats"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/plugins"
	"github.com/grove-coordination/grove/sdk"
)

// openNode opens a core of one node, and waits until it serves.
func openNode(t testing.TB, limits feed.Limits) *core.Node {
	t.Helper()
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	node, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer, Feed: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	await(t, "node serves", func() bool {
		status, err := node.Status(t.Context())
		return err == nil && status.Serving
	})
	return node
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); !done(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain: ", what)
		}
	}
}

// writer is a session that writes.
type writer struct {
	t testing.TB
	sdk.Session
}

func openWriter(t testing.TB, node *core.Node) writer {
	t.Helper()
	session, err := node.Open(t.Context(), sdk.Login{Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return writer{t, session}
}

func (w writer) do(op sdk.Op) sdk.Message {
	w.t.Helper()
	if op.ACL == nil && op.Kind == sdk.OpCreate {
		op.ACL = sdk.OpenACL()
	}
	if op.Kind != sdk.OpCreate {
		op.Version = sdk.AnyVersion
	}
	if err := w.Submit(w.t.Context(), 1, &op); err != nil {
		w.t.Fatal(err)
	}
	var reply [1]sdk.Message
	if _, err := w.Next(w.t.Context(), reply[:]); err != nil || reply[0].Code != sdk.OK {
		w.t.Fatalf("%v %s: %v %v", op.Kind, op.Path, reply[0].Code, err)
	}
	return reply[0]
}

func (w writer) create(path, data string) {
	w.t.Helper()
	w.do(sdk.Op{Kind: sdk.OpCreate, Path: path, Data: []byte(data)})
}

// startServer starts a NATS server that is not the adapter's.
func startServer(t testing.TB, change func(*server.Options)) *server.Server {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true}
	if change != nil {
		change(options)
	}
	ns, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS server does not serve")
	}
	return ns
}

func connect(t testing.TB, url string, options ...client.Option) *client.Conn {
	t.Helper()
	conn, err := client.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// adapter is one that runs.
type adapter struct {
	*nats.Frontend
	t    testing.TB
	end  context.CancelFunc
	done chan error
}

// grants are the words that the adapter needs for all that it can do.
var grants = []string{"feed", "read", "write:/grove", "write:/grove/frontends", "write:/grove/frontends/nats/**"}

func start(t testing.TB, host sdk.Host, words []string, settings map[string]any) *adapter {
	t.Helper()
	grant, err := plugins.ParseGrant(words)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	a := &adapter{Frontend: nats.New(), t: t, done: make(chan error, 1)}
	if err := a.Configure(raw); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	a.end = end
	t.Cleanup(end)
	go func() { a.done <- a.Serve(ctx, plugins.Limit(host, grant)) }()
	return a
}

func (a *adapter) stop() {
	a.t.Helper()
	a.end()
	if err := <-a.done; err != nil {
		a.t.Error(err)
	}
}

// publishes reports whether this copy is the active one; standsBy that another is.
func (a *adapter) publishes() bool {
	where, err := a.Ready()
	return err == nil && !strings.Contains(where, "publishes")
}

func (a *adapter) standsBy() bool {
	where, err := a.Ready()
	return err == nil && strings.HasSuffix(where, "(n1 publishes)")
}

func heard(t testing.TB, sub *client.Subscription) *client.Msg {
	t.Helper()
	msg, err := sub.NextMsg(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// Of two copies one publishes, and when it ends the other. Plain NATS has no fence: whatever two copies published would
// be heard twice.
func TestOneCopyPublishes(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, func(o *server.Options) { o.JetStream = false })
	settings := map[string]any{"url": ns.ClientURL(), "jetstream": false}
	sub, err := connect(t, ns.ClientURL()).SubscribeSync("grove.created.>")
	if err != nil {
		t.Fatal(err)
	}
	first := start(t, node, grants, settings)
	await(t, "first publishes", first.publishes)
	second := start(t, node, grants, settings)
	await(t, "second stands by", second.standsBy)
	w := openWriter(t, node)
	say := func(round int) {
		t.Helper()
		for i := range 50 {
			w.create(fmt.Sprintf("/r%d-%d", round, i), "x")
		}
		for i := range 50 {
			if msg, want := heard(t, sub), fmt.Sprintf("grove.created.r%d-%d", round, i); msg.Subject != want {
				t.Fatalf("heard %s, want %s", msg.Subject, want)
			}
		}
	}
	say(1)
	first.stop()
	await(t, "second publishes", second.publishes)
	say(2)
	w.do(sdk.Op{Kind: sdk.OpDelete, Path: ownerNode(t, w)}) // somebody deposes it: it comes back
	await(t, "second publishes again", func() bool {
		w.create("/probe", "")
		w.do(sdk.Op{Kind: sdk.OpDelete, Path: "/probe"})
		_, err := sub.NextMsg(100 * time.Millisecond)
		return err == nil
	})
	second.stop()
}

func ownerNode(t *testing.T, w writer) string {
	t.Helper()
	names := w.do(sdk.Op{Kind: sdk.OpGetChildren, Path: "/grove/frontends/nats"}).Result.Children
	if len(names) != 1 {
		t.Fatalf("nodes of owners: %q", names)
	}
	return "/grove/frontends/nats/" + names[0] + "/owner"
}

// Without the grant nobody is elected, and the stream has each change once all the same.
func TestCopiesWithoutGrant(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	for range 2 {
		defer start(t, node, []string{"feed"}, map[string]any{"url": ns.ClientURL()}).stop()
	}
	w := openWriter(t, node)
	for i := range 100 {
		w.create(fmt.Sprint("/n", i), "")
	}
	list := stream(t, ns.ClientURL(), 100)
	for i, msg := range list {
		if want := fmt.Sprint("grove.created.n", i); msg.Subject() != want || len(list) != 100 {
			t.Fatalf("message %d of %d is %s, want %s", i, len(list), msg.Subject(), want)
		}
	}
}

// stream reads the whole stream once it has n messages or more.
func stream(t *testing.T, url string, n uint64) (list []jetstream.Msg) {
	t.Helper()
	js, err := jetstream.New(connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	var has uint64
	await(t, "stream is full", func() bool {
		s, err := js.Stream(t.Context(), "GROVE")
		if err != nil {
			return false
		}
		has = s.CachedInfo().State.Msgs
		return has >= n
	})
	consumer, err := js.OrderedConsumer(t.Context(), "GROVE", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := consumer.Fetch(int(has))
	if err != nil {
		t.Fatal(err)
	}
	for msg := range batch.Messages() {
		list = append(list, msg)
	}
	return list
}

// replay is what a subscriber knows of the tree that believes every message in its turn.
func replay(list []jetstream.Msg) (tree map[string]string, counts map[string]int) {
	tree, counts = map[string]string{}, map[string]int{}
	for _, msg := range list {
		h := msg.Headers()
		counts[h.Get("Grove-Kind")+h.Get("Grove-Snapshot")]++
		switch path := h.Get("Grove-Path"); {
		case path == "":
		case h.Get("Grove-Kind") == "deleted":
			delete(tree, path)
		default:
			tree[path] = string(msg.Data())
		}
	}
	return tree, counts
}

// grown is a node whose feed has lost its beginning, with 30 nodes, half of them below a node nobody may read.
func grown(t *testing.T) (*core.Node, writer, map[string]string) {
	t.Helper()
	node := openNode(t, feed.Limits{Bytes: 4000, Age: time.Hour})
	w := openWriter(t, node)
	want := map[string]string{"/open": "o", "/": ""}
	w.create("/open", "o")
	w.do(sdk.Op{Kind: sdk.OpCreate, Path: "/closed", ACL: []sdk.ACL{{Perms: sdk.PermAll &^ sdk.PermRead, Identity: sdk.Anyone}}})
	for i := range 40 {
		path := fmt.Sprint("/open/n", i)
		w.create(path, path)
		want[path] = path
	}
	for i := range 10 {
		path := fmt.Sprint("/open/n", i)
		w.do(sdk.Op{Kind: sdk.OpDelete, Path: path})
		delete(want, path)
	}
	if status, err := node.Status(t.Context()); err != nil || status.Floor == 0 {
		t.Fatalf("feed has lost nothing: %+v %v", status, err)
	}
	return node, w, want
}

// check compares what a subscriber knows with what the tree has.
func check(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path := range got {
		if strings.HasPrefix(path, "/zookeeper") {
			delete(got, path)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("subscriber knows %q, tree has %q", got, want)
	}
}

// mute is a core that shows no snapshots.
type mute struct{ sdk.Host }

func TestSnapshotAfterGap(t *testing.T) {
	t.Run("shown by the core", func(t *testing.T) {
		node, w, want := grown(t)
		want["/closed"] = "" // like the feed, it is for who may see everything
		snapshotAfterGap(t, node, w, want)
	})
	t.Run("read", func(t *testing.T) {
		node, w, want := grown(t)
		snapshotAfterGap(t, mute{node}, w, want)
	})
}

func snapshotAfterGap(t *testing.T, node sdk.Host, w writer, want map[string]string) {
	t.Helper()
	ns := startServer(t, nil)
	a := start(t, node, grants, map[string]any{"url": ns.ClientURL()})
	await(t, "adapter publishes", a.publishes)
	w.create("/open/last", "l")
	want["/open/last"] = "l"
	var got map[string]string
	var counts map[string]int
	await(t, "last change is stored", func() bool {
		got, counts = replay(stream(t, ns.ClientURL(), 1))
		return got["/open/last"] == "l"
	})
	check(t, got, want)
	if counts["gapfollows"] != 1 || counts["snapshotend"] != 1 || counts["snapshottrue"] < len(want)-1 {
		t.Errorf("messages %v", counts)
	}
	a.stop()
}

// An adapter that finds a snapshot without an end takes it again.
func TestSnapshotIsFinishedByTheNext(t *testing.T) {
	node, _, want := grown(t)
	ns := startServer(t, nil)
	js, err := jetstream.New(connect(t, ns.ClientURL()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"grove.>"}}); err != nil {
		t.Fatal(err)
	}
	status, err := node.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := client.NewMsg("grove.snapshot.open")
	for key, value := range map[string]string{
		"Grove-Zxid": fmt.Sprint(status.Floor), "Grove-Idx": "0", "Grove-Txn-Size": "1", "Grove-Kind": "snapshot", "Grove-Snapshot": "true",
	} {
		left.Header.Set(key, value)
	}
	left.Header.Set("Grove-Seal", nats.Sealed("GROVE", 1, left.Header))
	if _, err := js.PublishMsg(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	a := start(t, mute{node}, grants, map[string]any{"url": ns.ClientURL(), "elect": false})
	var got map[string]string
	var counts map[string]int
	await(t, "subscriber knows all", func() bool {
		got, counts = replay(stream(t, ns.ClientURL(), 1))
		return counts["snapshotend"] > 0 && counts["deleted"] > 0 && got["/open/n9"] == ""
	})
	a.stop()
	check(t, got, want)
	if counts["gap"]+counts["gapfollows"] != 0 {
		t.Errorf("messages %v", counts)
	}
}
