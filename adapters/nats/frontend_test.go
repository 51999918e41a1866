package nats

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/sdk"
)

// A subscriber that knows nothing of JetStream sees each change, with all that is told of it.
func TestSubscriberSeesChanges(t *testing.T) {
	tree := newTree()
	a := run(t, configured(t, map[string]any{"store_dir": t.TempDir(), "listen": "127.0.0.1:0", "cluster": "c1"}), tree)
	until(t, "adapter ready", func() bool { _, err := a.Ready(); return err == nil })
	where, _ := a.Ready()
	conn, err := nats.Connect(where)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	defer conn.Close()
	subscription, err := conn.SubscribeSync("grove.*.app.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	tree.add(
		sdk.Change{Kind: sdk.Created, Path: "/other"},
		sdk.Change{Kind: sdk.Changed, Path: "/app/a b", Data: []byte("x"), Version: 3},
		sdk.Change{Kind: sdk.Deleted, Path: "/app/ü"},
	)
	for _, want := range []struct {
		subject, body string
		header        map[string]string
	}{
		{"grove.changed.app.a%20b", "x", map[string]string{
			"Grove-Zxid": "1", "Grove-Idx": "1", "Grove-Txn-Size": "3", "Grove-Kind": "changed", "Grove-Path": "/app/a%20b",
			"Grove-Version": "3", "Nats-Msg-Id": "c1-1-1",
		}},
		{"grove.deleted.app.%C3%BC", "", map[string]string{"Grove-Idx": "2", "Grove-Kind": "deleted", "Grove-Path": "/app/%C3%BC"}},
	} {
		msg, err := subscription.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if msg.Subject != want.subject || string(msg.Data) != want.body {
			t.Errorf("%s %q, want %s %q", msg.Subject, msg.Data, want.subject, want.body)
		}
		for key, value := range want.header {
			if got := msg.Header.Get(key); got != value {
				t.Errorf("%s: %s is %q, want %q", msg.Subject, key, got, value)
			}
		}
	}
	a.stop(t)
	if _, err := a.Ready(); err == nil {
		t.Error("ready after the end")
	}
}

func TestEmbeddedServerGoesOnWhereItStopped(t *testing.T) {
	tree, dir := newTree(), t.TempDir()
	var got []string
	for range 3 {
		tree.grow(20)
		a := run(t, configured(t, map[string]any{"store_dir": dir, "listen": "127.0.0.1:0"}), tree)
		until(t, "adapter ready", func() bool { _, err := a.Ready(); return err == nil })
		where, _ := a.Ready()
		js := jsAt(t, where)
		until(t, "all stored", func() bool { return stored(js) == uint64(len(tree.wants())) })
		got = contents(t, js)
		a.stop(t)
	}
	if err := compare(got, tree.wants()); err != nil {
		t.Error(err)
	}
}

// failing publishes so many messages, then no more.
type failing struct {
	asyncPublisher
	left int
}

func (f *failing) PublishMsgAsync(msg *nats.Msg, options ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	if f.left == 0 {
		return nil, errPlanted
	}
	f.left--
	return f.asyncPublisher.PublishMsgAsync(msg, options...)
}

// A restart at every possible place, inside transactions too, repeats and skips nothing.
func TestResumeInsideTransaction(t *testing.T) {
	server, tree := newServer(t), newTree()
	js := server.js()
	tree.grow(12)
	want := tree.wants()
	for n := range want {
		f := configured(t, map[string]any{"url": server.url()})
		f.plant = func(p asyncPublisher) asyncPublisher { return &failing{p, 1} }
		a := run(t, f, tree)
		until(t, "one more", func() bool { return stored(js) > uint64(n) })
		a.stop(t)
	}
	if err := compare(contents(t, js), want); err != nil {
		t.Error(err)
	}
}

func TestGapIsTold(t *testing.T) {
	server, tree := newServer(t), newTree()
	tree.grow(10)
	a := run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	before := len(tree.wants())
	until(t, "all stored", func() bool { return stored(js) == uint64(before) })
	a.stop(t)
	tree.grow(10)
	tree.compact(15)
	for range 2 { // the second time it must go on behind the gap
		a = run(t, configured(t, map[string]any{"url": server.url()}), tree)
		until(t, "all stored", func() bool { return stored(js) == uint64(before+1+len(tree.wants())) })
		a.stop(t)
		tree.grow(1)
	}
	got := contents(t, js)
	if want := `15 0/1 grove.gap gap ""`; got[before] != want {
		t.Errorf("gap is %s, want %s", got[before], want)
	}
	stream, err := js.Stream(t.Context(), "GROVE")
	if err != nil {
		t.Fatal(err)
	}
	gap, err := stream.GetMsg(t.Context(), uint64(before+1))
	if err != nil || gap.Header.Get("Grove-Gap-From") != "10" || gap.Header.Get("Grove-Gap-To") != "15" {
		t.Errorf("gap %v %v", gap, err)
	}
}

// A follower that is too slow for the feed goes on behind a gap as well.
func TestGapWhileFollowing(t *testing.T) {
	server, tree := newServer(t), newTree()
	tree.grow(10)
	a := run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	before := tree.wants()
	until(t, "all stored", func() bool { return stored(js) == uint64(len(before)) })
	tree.leap(20, 25)
	until(t, "all stored", func() bool { return stored(js) == uint64(len(before)+1+len(tree.wants())) })
	a.stop(t)
	want := slices.Concat(before, []string{`25 0/1 grove.gap gap ""`}, tree.wants())
	if err := compare(contents(t, js), want); err != nil {
		t.Error(err)
	}
}

// The first stream of a tree that is old begins with a gap.
func TestGapFromTheBeginning(t *testing.T) {
	server, tree := newServer(t), newTree()
	tree.grow(10)
	tree.compact(4)
	run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	until(t, "all stored", func() bool { return stored(js) == uint64(1+len(tree.wants())) })
	got := contents(t, js)
	if want := `4 0/1 grove.gap gap ""`; got[0] != want {
		t.Errorf("begins with %s, want %s", got[0], want)
	}
	if err := compare(got[1:], tree.wants()); err != nil {
		t.Error(err)
	}
}

func TestOtherPeoplesStreamIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		config jetstream.StreamConfig
		want   string
	}{
		"subjects":   {jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"other.>"}}, "has subjects"},
		"retention":  {jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"grove.>"}, Retention: jetstream.WorkQueuePolicy}, "retention"},
		"no answers": {jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"grove.>"}, NoAck: true}, "acknowledge"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			js := server.js()
			if _, err := js.CreateStream(t.Context(), test.config); err != nil {
				t.Fatal(err)
			}
			err := configured(t, map[string]any{"url": server.url()}).Serve(t.Context(), newTree())
			if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// A stream that is ahead of the tree is another tree's; it is not written to, and the reason is told.
func TestStreamFromAnotherHistory(t *testing.T) {
	server, old := newServer(t), newTree()
	old.grow(10)
	a := run(t, configured(t, map[string]any{"url": server.url()}), old)
	js := server.js()
	until(t, "all stored", func() bool { return stored(js) == uint64(len(old.wants())) })
	a.stop(t)
	young := newTree()
	young.grow(5)
	b := run(t, configured(t, map[string]any{"url": server.url()}), young)
	until(t, "reason told", func() bool { _, err := b.Ready(); return err != nil && strings.Contains(err.Error(), "history") })
	b.stop(t)
	if err := compare(contents(t, js), old.wants()); err != nil {
		t.Error(err)
	}
}

// What the server would refuse for its size is cut, and says so; it must not stop what comes after.
func TestLargeDataAndPathAreCut(t *testing.T) {
	server, tree := newServer(t), newTree()
	run(t, configured(t, map[string]any{"url": server.url()}), tree)
	js := server.js()
	long := "/" + strings.Repeat("€", maxPathHeader)
	tree.add(
		sdk.Change{Kind: sdk.Changed, Path: "/large", Data: make([]byte, embeddedPayload)},
		sdk.Change{Kind: sdk.Changed, Path: long, Data: []byte("x")},
		sdk.Change{Kind: sdk.Changed, Path: "/a"},
	)
	until(t, "all stored", func() bool { return stored(js) == 3 })
	stream, err := js.Stream(t.Context(), "GROVE")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ cut, cutPath string }{{"true", ""}, {"", "true"}, {"", ""}} {
		msg, err := stream.GetMsg(t.Context(), uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if got := msg.Header.Get(headerCut); got != want.cut {
			t.Errorf("message %d: %s %q", i+1, headerCut, got)
		}
		if got := msg.Header.Get(headerCutPath); got != want.cutPath {
			t.Errorf("message %d: %s %q", i+1, headerCutPath, got)
		}
		if i == 0 && len(msg.Data) < embeddedPayload-1024 {
			t.Errorf("cut to %d bytes", len(msg.Data))
		}
	}
}

func TestEmbeddedServerThatCannotStart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	held := t.TempDir()
	holder, err := lockDir(held)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.release()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, settings := range map[string]map[string]any{
		"address already in use": {"store_dir": t.TempDir(), "listen": listener.Addr().String()},
		"in use by another":      {"store_dir": held, "listen": "127.0.0.1:0"},
		"store_dir":              {"store_dir": file, "listen": "127.0.0.1:0"},
		"no port number":         {"store_dir": t.TempDir(), "listen": "127.0.0.1:x"},
	} {
		if err := configured(t, settings).Serve(t.Context(), newTree()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A server that is away is waited for.
func TestServerComesLater(t *testing.T) {
	server, tree := newServer(t), newTree()
	server.stop()
	tree.grow(5)
	a := run(t, configured(t, map[string]any{"url": server.url()}), tree)
	until(t, "told that it is away", func() bool {
		_, err := a.Ready()
		return err != nil && !errors.Is(err, errStopped)
	})
	server.start()
	js := server.js()
	until(t, "all stored", func() bool { return stored(js) == uint64(len(tree.wants())) })
	a.stop(t)
}

func TestSettings(t *testing.T) {
	f := New()
	if err := f.Configure([]byte(`{"url": "nats://h", "subject": "a.b", "stream": "S", "replicas": 3}`)); err != nil {
		t.Error(err)
	}
	for want, settings := range map[string]string{
		"unknown field": `{"url": "nats://h", "uri": ""}`,
		"store_dir":     `{}`,
		"subject":       `{"url": "x", "subject": "a..b"}`,
		"wildcards":     `{"url": "x", "subject": "a.*"}`,
		"longer than":   `{"url": "x", "subject": "` + strings.Repeat("a", 300) + `"}`,
		"stream":        `{"url": "x", "stream": "a.b"}`,
		"listen":        `{"store_dir": "x", "listen": "here"}`,
		"max_bytes":     `{"url": "x", "max_bytes": -1}`,
		"replicas":      `{"url": "x", "replicas": 9}`,
		"cluster":       `{"url": "x", "cluster": "a b"}`,
		"settings":      `[]`,
	} {
		if err := f.Configure([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", settings, err, want)
		}
	}
}

func FuzzPlace(f *testing.F) {
	f.Add("1", "0", "1")
	f.Add("-1", "1", "0")
	f.Add("9223372036854775807", "x", "")
	f.Fuzz(func(t *testing.T, zxid, index, size string) {
		at, err := placeOf(nats.Header{headerZxid: {zxid}, headerIndex: {index}, headerSize: {size}})
		if err == nil && (at.index < 0 || at.index >= at.size || at.whole() != (at.index == at.size-1)) {
			t.Errorf("%q %q %q is %+v", zxid, index, size, at)
		}
	})
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := configured(t, map[string]any{"store_dir": t.TempDir(), "listen": "127.0.0.1:0"}).Serve(ctx, newTree()); err != nil {
		t.Error(err)
	}
}
