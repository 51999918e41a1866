package nats_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// embeddedAdapter is an adapter with a server of its own, and where that is.
func embeddedAdapter(t *testing.T, node sdk.Host, settings map[string]any) (a *adapter, url string) {
	t.Helper()
	settings["listen"] = "127.0.0.1:0"
	a = start(t, node, []string{"feed", "read", "write:/app/**"}, settings)
	await(t, "adapter publishes", a.publishes)
	url, _ = a.Ready()
	return a, url
}

// refused sends a message, and returns what the server says to it.
func refused(t *testing.T, url string, msg *client.Msg) error {
	t.Helper()
	said := make(chan error, 1)
	conn := connect(t, url, client.ErrorHandler(func(_ *client.Conn, _ *client.Subscription, err error) { said <- err }))
	defer conn.Close()
	if err := conn.PublishMsg(msg); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-said:
		return err
	case <-time.After(100 * time.Millisecond): // of those that are not refused
		return nil
	}
}

// Nobody but the adapter publishes to its subjects, writes to its bucket or changes its streams, whoever he says he is.
func TestEmbeddedServerIsTheAdaptersToWriteTo(t *testing.T) {
	node := openNode(t, feed.Limits{})
	w := openWriter(t, node)
	w.create("/app", "hello")
	a, url := embeddedAdapter(t, node, map[string]any{"store_dir": t.TempDir(), "kv": "tree"})
	defer a.stop()
	for _, subject := range []string{
		"grove", "grove.hello", "grove.created.app", "$KV.tree.app", "$JS.API.STREAM.PURGE.GROVE", "$JS.API.STREAM.DELETE.GROVE",
		"$JS.API.STREAM.UPDATE.GROVE", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.MSG.DELETE.GROVE", "$JS.API.STREAM.DELETE.KV_tree",
		"$JS.API.STREAM.RESTORE.OTHER",
	} {
		if err := refused(t, url, &client.Msg{Subject: subject, Data: []byte("{}")}); !errors.Is(err, client.ErrPermissionViolation) {
			t.Errorf("%s: %v", subject, err)
		}
	}
	for _, subject := range []string{"other", "groves.hello"} {
		if err := refused(t, url, &client.Msg{Subject: subject}); err != nil {
			t.Errorf("%s: %v", subject, err)
		}
	}
	if conn, err := client.Connect(url, client.UserInfo("grove", "guess")); err == nil {
		conn.Close()
		t.Error("somebody with a name of his own is let in")
	}
}

// What is for everybody works as before: listening, consumers of all kinds, the bucket, and requests.
func TestEmbeddedServerIsEveryonesToListenTo(t *testing.T) {
	node := openNode(t, feed.Limits{})
	w := openWriter(t, node)
	w.create("/app", "hello")
	store := t.TempDir()
	a, url := embeddedAdapter(t, node, map[string]any{"store_dir": store, "kv": "tree", "requests": true})
	conn := connect(t, url)
	sub, err := conn.SubscribeSync("grove.*.app.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	w.create("/app/a", "x")
	if msg := heard(t, sub); msg.Subject != "grove.created.app.a" {
		t.Errorf("heard %s", msg.Subject)
	}
	shows(t, url, map[string]string{"app": "hello", "app.a": "x", "zookeeper": "", "zookeeper.quota": "",
		"zookeeper.config": string(w.do(sdk.Op{Kind: sdk.OpGetData, Path: "/zookeeper/config"}).Result.Data)})
	reply, code := ask(t, conn, "grove-service.set", `{"path":"/app/a","data":"y"}`)
	if code != "" || reply["version"] != 1.0 {
		t.Errorf("set: %v %s", reply, code)
	}
	if stats, _ := ask(t, conn, "$SRV.STATS.grove", ""); stats["name"] != "grove" {
		t.Errorf("stats: %v", stats)
	}
	consumes(t, conn, 3)
	a.stop()
	a, url = embeddedAdapter(t, node, map[string]any{"store_dir": store}) // with another key, and the same stream
	w.create("/app/b", "")
	if list := stream(t, url, 4); list[3].Subject() != "grove.created.app.b" {
		t.Errorf("after a restart: %s", list[3].Subject())
	}
	a.stop()
}

// consumes reads n messages of the stream with a durable consumer that acknowledges, and has them pushed to a subject.
func consumes(t *testing.T, conn *client.Conn, n int) {
	t.Helper()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	durable, err := js.CreateConsumer(t.Context(), "GROVE", jetstream.ConsumerConfig{Durable: "mine", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		msg, err := durable.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := msg.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	old, err := conn.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := old.SubscribeSync("grove.>", client.BindStream("GROVE"), client.DeliverAll())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		heard(t, pushed)
	}
}

// Who asks with a reply subject among the changes gets nothing stored there by the adapter, and what the server itself
// answers there is passed over like any other stray.
func TestRepliesAmongTheChanges(t *testing.T) {
	node := openNode(t, feed.Limits{})
	w := openWriter(t, node)
	a, url := embeddedAdapter(t, node, map[string]any{"store_dir": t.TempDir(), "requests": true})
	defer a.stop()
	conn := connect(t, url)
	for _, asked := range []string{"grove-service.status", "$SRV.PING.grove", "$SRV.STATS.grove", "grove-service.get", "$JS.API.INFO"} {
		if err := conn.PublishRequest(asked, "grove.created.app", []byte(`{"path":"/"}`)); err != nil {
			t.Fatal(err)
		}
	}
	ask(t, conn, "grove-service.status", "") // by then the others are answered
	w.create("/app", "hello")
	w.create("/last", "")
	var ours []string
	await(t, "the last change is stored", func() bool {
		ours = nil
		for _, msg := range stream(t, url, 2) {
			switch {
			case msg.Headers().Get("Grove-Zxid") != "":
				ours = append(ours, msg.Subject())
			case !strings.Contains(string(msg.Data()), "io.nats.jetstream.api"):
				t.Errorf("stored: %s %v %s", msg.Subject(), msg.Headers(), msg.Data())
			}
		}
		return len(ours) > 0 && ours[len(ours)-1] == "grove.created.last"
	})
	if len(ours) != 2 {
		t.Errorf("changes %q", ours)
	}
	reply, _ := ask(t, conn, "grove-service.status", "")
	text, _ := json.Marshal(reply)
	t.Logf("status %s", text)
}
