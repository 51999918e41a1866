package nats

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/grove-coordination/grove/sdk"
)

func TestFilterRoot(t *testing.T) {
	for paths, root := range map[string]string{
		"": "/", "/**": "/", "/app/**": "/app", "/app/x": "/app/x", "/app/x*/y": "/app", "/app/a/** /app/b/**": "/app", "/a/** /b/**": "/",
	} {
		f, err := (Settings{Paths: strings.Fields(paths)}).filter()
		if err != nil || f.root() != root {
			t.Errorf("%q: %q, %v, want %q", paths, f.root(), err, root)
		}
	}
	for _, s := range []Settings{{Paths: []string{"app"}}, {Kinds: []string{"moved"}}, {Kinds: []string{""}}} {
		if _, err := s.filter(); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

// What passes the filter is published, and now and then, while nothing does, how far the adapter has looked; an adapter that
// comes back goes on there, although the feed has lost what passed.
func TestFilterAndProgress(t *testing.T) {
	server, tree := newServer(t), newTree()
	js := server.js()
	start := func() *adapter {
		f := configured(t, map[string]any{"url": server.url(), "paths": []string{"/app/**"}, "kinds": []string{"created"}})
		f.markEvery = 0
		return run(t, f, tree)
	}
	a := start()
	tree.add(sdk.Change{Kind: sdk.Created, Path: "/other"}, sdk.Change{Kind: sdk.Created, Path: "/app/a"}, sdk.Change{Kind: sdk.Deleted, Path: "/app/b"})
	until(t, "the change is stored", func() bool { return stored(js) == 1 })
	tree.add(sdk.Change{Kind: sdk.Deleted, Path: "/app/a"})
	until(t, "progress is stored", func() bool { return stored(js) == 2 })
	a.stop(t)
	tree.compact(2)
	a = start()
	tree.add(sdk.Change{Kind: sdk.Created, Path: "/app/c"})
	until(t, "the next change is stored", func() bool { return stored(js) == 3 })
	a.stop(t)
	want := []string{`1 0/1 grove.created.app.a created ""`, `2 0/1 grove.progress progress ""`, `3 0/1 grove.created.app.c created ""`}
	if err := compare(contents(t, js), want); err != nil {
		t.Error(err)
	}
}

// shown is a tree of which the core shows parts.
type shown struct {
	*fakeTree
	zxid  int64
	nodes []sdk.Change
}

func (s *shown) Snapshot(_ context.Context, path string) (sdk.Snapshot, error) {
	return &shot{shown: s, path: path}, nil
}

type shot struct {
	*shown
	path string
	next int
}

func (s *shot) Zxid() int64  { return s.zxid }
func (s *shot) Close() error { return nil }

func (s *shot) Next(_ context.Context, dst []sdk.Change) (n int, err error) {
	for ; n < len(dst) && s.next < len(s.nodes); s.next++ {
		if sdk.Below(s.nodes[s.next].Path, s.path) {
			dst[n] = s.nodes[s.next]
			n++
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// A core that shows a moment is believed: the gap ends there, and what follows repeats nothing of it. One that was not
// shown to its end is shown again.
func TestGapEndsWithTheCoresSnapshot(t *testing.T) {
	for _, later := range []int64{20, 25} {
		t.Run(fmt.Sprint("at 20, then at ", later), func(t *testing.T) { gapWithSnapshot(t, later) })
	}
}

func gapWithSnapshot(t *testing.T, later int64) {
	t.Helper()
	server, tree := newServer(t), newTree()
	js := server.js()
	tree.leap(30, 10)
	host := &shown{fakeTree: tree, zxid: 20}
	for i := range 40 {
		host.nodes = append(host.nodes, sdk.Change{Kind: sdk.Created, Path: fmt.Sprint("/app/n", i), Data: []byte("d")})
	}
	host.nodes = append(host.nodes, sdk.Change{Path: "/grove/x"}, sdk.Change{Path: "/other"})
	settings := map[string]any{"url": server.url(), "paths": []string{"/app/**"}, "elect": false}
	broken := configured(t, settings)
	broken.plant = func(p asyncPublisher) asyncPublisher { return &failing{p, 7} }
	a := run(t, broken, host)
	until(t, "the snapshot has begun", func() bool { return stored(js) >= 7 })
	a.stop(t)
	begun := int(stored(js))
	host.zxid = later
	a = run(t, configured(t, settings), host)
	tree.add(sdk.Change{Kind: sdk.Created, Path: "/app/last"})
	last := fmt.Sprintf("%d 0/1 grove.created.app.last", tree.last())
	var got []string
	until(t, "the last change is stored", func() bool {
		got = contents(t, js)
		return strings.HasPrefix(got[len(got)-1], last)
	})
	a.stop(t)
	if !strings.HasPrefix(got[0], "20 0/1 grove.gap") {
		t.Fatalf("begins with %s", got[0])
	}
	got = got[begun:]
	if later > 20 { // what the first gap does not tell of is missing too
		if want := fmt.Sprint(later, " 0/1 grove.gap"); !strings.HasPrefix(got[0], want) {
			t.Fatalf("goes on with %s, want %s", got[0], want)
		}
		got = got[1:]
	}
	for i := range 40 {
		if want := fmt.Sprintf(`%d 0/1 grove.snapshot.app.n%d snapshot "d"`, later, i); got[i] != want {
			t.Fatalf("node %d is %s, want %s", i, got[i], want)
		}
	}
	if got[40] != fmt.Sprint(later, ` 0/1 grove.snapshot snapshot ""`) || !strings.HasPrefix(got[41], fmt.Sprint(later+1, " ")) {
		t.Errorf("then come %s and %s", got[40], got[41])
	}
}

// A change that no message can hold is left out, and a mark stands in its place.
func TestSkippedChangeIsMarked(t *testing.T) {
	options, err := embeddedOptions(Settings{Listen: "127.0.0.1:0", JetStream: true, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	options.MaxPayload = 1000
	ns, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	tree := newTree()
	long := "/" + strings.Repeat("x", 950)
	tree.add(sdk.Change{Kind: sdk.Created, Path: "/a", Data: make([]byte, 900)}, sdk.Change{Kind: sdk.Created, Path: long}, sdk.Change{Kind: sdk.Created, Path: "/b"})
	a := run(t, configured(t, map[string]any{"url": ns.ClientURL()}), tree)
	js := jsAt(t, ns.ClientURL())
	until(t, "all stored", func() bool { return stored(js) == 3 })
	a.stop(t)
	got := contents(t, js)
	if !strings.HasPrefix(got[0], "1 0/3 grove.created.a created ") || got[1] != `1 1/3 grove.skipped skipped ""` || got[2] != `1 2/3 grove.created.b created ""` {
		t.Errorf("stored %q", got)
	}
	if m := a.metrics(t.Context(), tree); m.Skipped != 1 || m.Truncated != 1 || m.Messages != 3 || m.Zxid != 1 {
		t.Errorf("metrics %+v", m)
	}
}
