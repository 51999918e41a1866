package feed_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// node is a core of one node and a session that writes.
type node struct {
	*core.Node
	t      testing.TB
	ctx    context.Context
	writer sdk.Session
}

func openNode(t testing.TB, limits feed.Limits) *node {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer, Feed: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	n := &node{Node: opened, t: t, ctx: ctx}
	for n.writer == nil {
		n.writer, err = opened.Open(ctx, sdk.Login{Timeout: 30 * time.Second})
		if err != nil && !errors.Is(err, sdk.ErrNotServing) {
			t.Fatal(err)
		}
	}
	return n
}

// write does one operation and returns its zxid.
func (n *node) write(op sdk.Op) int64 {
	n.t.Helper()
	op.ACL, op.Version = sdk.OpenACL(), sdk.AnyVersion
	if err := n.writer.Submit(n.ctx, 1, &op); err != nil {
		n.t.Fatal(err)
	}
	var reply [1]sdk.Message
	if _, err := n.writer.Next(n.ctx, reply[:]); err != nil || reply[0].Code != sdk.OK {
		n.t.Fatalf("%v %s: %v, %v", op.Kind, op.Path, reply[0].Code, err)
	}
	return reply[0].Zxid
}

func (n *node) create(path string) int64 { return n.write(sdk.Op{Kind: sdk.OpCreate, Path: path}) }
func (n *node) delete(path string) int64 { return n.write(sdk.Op{Kind: sdk.OpDelete, Path: path}) }
func (n *node) set(path string) int64 {
	return n.write(sdk.Op{Kind: sdk.OpSetData, Path: path, Data: make([]byte, 100)})
}

func (n *node) follow(want sdk.Following) sdk.Feed {
	n.t.Helper()
	f, err := n.Follow(n.ctx, want)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = f.Close() })
	return f
}

// next takes one transaction.
func (n *node) next(f sdk.Feed) (sdk.Transaction, error) {
	var got [1]sdk.Transaction
	_, err := f.Next(n.ctx, got[:])
	return got[0], err
}

// TestSlowFollowersAreTold: a hundred followers that have stopped reading hold up no write, keep nothing alive beyond the
// limits, and each learns with its next call that changes are gone: none goes on behind them (etcd issue 17535). A filter
// that would have shown none of those makes no difference.
func TestSlowFollowersAreTold(t *testing.T) {
	n := openNode(t, feed.Limits{Bytes: 2000})
	first := n.create("/a")
	var slow []sdk.Feed
	for i := range 100 {
		want := sdk.Following{}
		if i%2 == 1 {
			want.Paths, want.Kinds = []string{"/a"}, []sdk.ChangeKind{sdk.Created}
		}
		f := n.follow(want)
		if got, err := n.next(f); err != nil || got.Zxid != first {
			t.Fatalf("%+v, %v", got, err)
		}
		slow = append(slow, f)
	}
	for range 100 {
		n.set("/a")
	}
	status, err := n.Status(n.ctx)
	if err != nil || status.Floor <= first {
		t.Fatalf("floor %d, %v", status.Floor, err)
	}
	for i, f := range slow {
		got, err := n.next(f)
		compacted, ok := errors.AsType[*sdk.CompactedError](err)
		if !ok || compacted.Floor != status.Floor || got.Zxid != 0 {
			t.Errorf("follower %d: %+v, %v", i, got, err)
		}
	}
}

// TestDeletionAtTheBorder: a deletion that is the first the feed still has is given to who follows from the floor, and who
// follows from before it is told (etcd issues 18089, 19179).
func TestDeletionAtTheBorder(t *testing.T) {
	n := openNode(t, feed.Limits{Bytes: 300})
	n.create("/a")
	n.create("/b")
	for range 10 {
		n.set("/b")
	}
	gone := n.delete("/a")
	status, err := n.Status(n.ctx)
	for ; err == nil && status.Floor < gone-1; status, err = n.Status(n.ctx) {
		n.set("/b") // until the deletion is the oldest there is
	}
	if err != nil || status.Floor != gone-1 {
		t.Fatalf("floor %d, deleted at %d, %v", status.Floor, gone, err)
	}
	for _, paths := range [][]string{nil, {"/a"}} {
		got, err := n.next(n.follow(sdk.Following{From: status.Floor, Paths: paths}))
		if err != nil || got.Zxid != gone || len(got.Changes) != 1 || got.Changes[0].Kind != sdk.Deleted {
			t.Errorf("of %q: %+v, %v", paths, got, err)
		}
		if _, err := n.Follow(n.ctx, sdk.Following{From: status.Floor - 1, Paths: paths}); !errors.Is(err, sdk.ErrCompacted) {
			t.Errorf("of %q from before the floor: %v", paths, err)
		}
	}
}

// TestFilterTellsHowFarItHasCome: a follower whose filter lets nothing through does not stay behind.
func TestFilterTellsHowFarItHasCome(t *testing.T) {
	n := openNode(t, feed.Limits{Bytes: 500})
	n.create("/a")
	f := n.follow(sdk.Following{Paths: []string{"/quiet/**"}})
	for range 50 {
		last := n.set("/a")
		for got := (sdk.Transaction{}); got.Zxid < last; {
			var err error
			if got, err = n.next(f); err != nil || len(got.Changes) > 0 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
	}
	n.create("/quiet")
	if got, err := n.next(f); err != nil || len(got.Changes) != 1 || got.Changes[0].Path != "/quiet" {
		t.Errorf("%+v, %v", got, err)
	}
}

// BenchmarkWriteBesideFollowers shows what a write costs while followers do not read on: as much as without.
func BenchmarkWriteBesideFollowers(b *testing.B) {
	for _, followers := range []int{0, 1000} {
		b.Run(fmt.Sprint(followers), func(b *testing.B) {
			n := openNode(b, feed.Default())
			n.create("/a")
			for range followers {
				if _, err := n.next(n.follow(sdk.Following{})); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				n.set("/a")
			}
		})
	}
}
