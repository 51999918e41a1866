package nats_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// values is what a program sees that knows nothing but NATS' key-value store.
func values(t *testing.T, url, bucket string) map[string]string {
	t.Helper()
	js, err := jetstream.New(connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), bucket)
	if err != nil {
		return nil
	}
	all := map[string]string{}
	keys, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys.Keys() {
		if entry, err := kv.Get(t.Context(), key); err == nil {
			all[key] = string(entry.Value())
		}
	}
	return all
}

// shows waits until the bucket has these values and no others.
func shows(t *testing.T, url string, want map[string]string) {
	t.Helper()
	var got map[string]string
	defer func() {
		if t.Failed() {
			t.Logf("bucket has %q, want %q", got, want)
		}
	}()
	await(t, "bucket is up to date", func() bool {
		got = values(t, url, "tree")
		return maps.Equal(got, want)
	})
}

// The bucket has what the subtree has: what was there before, what changes, and what changed while nobody mirrored.
func TestBucketMirrorsSubtree(t *testing.T) {
	for _, shown := range []bool{true, false} {
		t.Run(fmt.Sprint("shown by the core ", shown), func(t *testing.T) {
			opened, ns := openNode(t, feed.Limits{}), startServer(t, nil)
			w := openWriter(t, opened)
			node, words := sdk.Host(opened), []string{"feed"}
			if !shown {
				node, words = mute{opened}, []string{"feed", "read"}
			}
			for _, path := range []string{"/app", "/app/a", "/app/a/b", "/app/c", "/app/no key", "/other"} {
				w.create(path, path)
			}
			settings := map[string]any{"url": ns.ClientURL(), "kv": "tree", "kv_path": "/app", "elect": false}
			a := start(t, node, words, settings)
			want := map[string]string{"a": "/app/a", "a.b": "/app/a/b", "c": "/app/c"}
			shows(t, ns.ClientURL(), want)
			w.do(sdk.Op{Kind: sdk.OpSetData, Path: "/app/a", Data: []byte("new")})
			w.do(sdk.Op{Kind: sdk.OpDelete, Path: "/app/c"})
			w.create("/app/d", "")
			w.create("/other/x", "")
			want["a"], want["d"] = "new", ""
			delete(want, "c")
			shows(t, ns.ClientURL(), want)
			reply, _ := ask(t, connect(t, ns.ClientURL()), "grove-service.status", "")
			if reply["kv_unnamed"] != 1.0 || reply["kv_why"] != nil {
				t.Errorf("status %v", reply)
			}
			a.stop()
			w.do(sdk.Op{Kind: sdk.OpSetData, Path: "/app/a", Data: []byte("newer")})
			w.do(sdk.Op{Kind: sdk.OpDelete, Path: "/app/d"})
			w.create("/app/e", "e")
			want["a"], want["e"] = "newer", "e"
			delete(want, "d")
			a = start(t, node, words, settings)
			shows(t, ns.ClientURL(), want)
			a.stop()
		})
	}
}

// Copies that all mirror, as without the grants, end with what the tree has.
func TestBucketWithManyCopies(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	w := openWriter(t, node)
	for range 3 {
		defer start(t, node, []string{"feed", "read"}, map[string]any{"url": ns.ClientURL(), "kv": "tree", "elect": false}).stop()
	}
	want := map[string]string{"zookeeper": "", "zookeeper.quota": ""}
	config := string(w.do(sdk.Op{Kind: sdk.OpGetData, Path: "/zookeeper/config"}).Result.Data)
	want["zookeeper.config"] = config
	for i := range 300 {
		path := fmt.Sprint("/n", i%20)
		switch _, there := want[path[1:]]; {
		case !there:
			w.create(path, fmt.Sprint(i))
			want[path[1:]] = fmt.Sprint(i)
		case i%3 == 0:
			w.do(sdk.Op{Kind: sdk.OpDelete, Path: path})
			delete(want, path[1:])
		default:
			w.do(sdk.Op{Kind: sdk.OpSetData, Path: path, Data: []byte(fmt.Sprint(i))})
			want[path[1:]] = fmt.Sprint(i)
		}
	}
	shows(t, ns.ClientURL(), want)
}

// A bucket that others write to is left alone, and it is said why; the stream goes on.
func TestOtherPeoplesBucket(t *testing.T) {
	node, ns := openNode(t, feed.Limits{}), startServer(t, nil)
	w := openWriter(t, node)
	w.create("/a", "")
	js, err := jetstream.New(connect(t, ns.ClientURL()))
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "tree"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), "mine", "x"); err != nil {
		t.Fatal(err)
	}
	a := start(t, node, grants, map[string]any{"url": ns.ClientURL(), "kv": "tree"})
	defer a.stop()
	conn := connect(t, ns.ClientURL())
	await(t, "it is said why", func() bool {
		reply, _ := ask(t, conn, "grove-service.status", "")
		why, _ := reply["kv_why"].(string)
		return strings.Contains(why, "its entry mine is not one of ours")
	})
	await(t, "adapter publishes", a.publishes)
	if got := values(t, ns.ClientURL(), "tree"); len(got) != 1 {
		t.Errorf("bucket has %q", got)
	}
}
