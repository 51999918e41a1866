package core

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// A snapshot and the feed from its zxid on, taken while others write, give what a follower from the beginning has.
func TestSnapshotAndFeedMissNothing(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/app", ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/other", ACL: sdk.OpenACL()})
	for i := range 300 {
		c.must(sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/app/%03d", i), Data: []byte("old"), ACL: sdk.OpenACL()})
	}
	image, err := n.Snapshot(t.Context(), "/app")
	if err != nil {
		t.Fatal(err)
	}
	feed, err := n.Follow(t.Context(), sdk.Following{From: image.Zxid(), Paths: []string{"/app/**"}})
	if err != nil {
		t.Fatal(err)
	}
	c.must(sdk.Op{Kind: sdk.OpDelete, Path: "/app/007", Version: -1})
	c.must(sdk.Op{Kind: sdk.OpSetData, Path: "/app/250", Data: []byte("new"), Version: -1})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/app/300", ACL: sdk.OpenACL()})

	have := map[string]string{}
	for dst := make([]sdk.Change, 7); ; {
		got, err := image.Next(t.Context(), dst)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range dst[:got] {
			have[change.Path] = string(change.Data)
		}
	}
	if err := image.Close(); err != nil {
		t.Fatal(err)
	}
	if len(have) != 301 || have["/app/007"] != "old" || have["/app/250"] != "old" {
		t.Fatalf("the snapshot shows %d nodes, /app/007 %q, /app/250 %q", len(have), have["/app/007"], have["/app/250"])
	}
	var told []string
	for dst := make([]sdk.Transaction, 3); len(told) < 3; {
		got, err := feed.Next(within(t), dst)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range dst[:got] {
			told = append(told, fmt.Sprint(change.Changes[0].Kind, " ", change.Changes[0].Path))
		}
	}
	if want := "[deleted /app/007 changed /app/250 created /app/300]"; fmt.Sprint(told) != want {
		t.Errorf("after it came %v, want %s", told, want)
	}
	if _, err := image.Next(t.Context(), make([]sdk.Change, 1)); err == nil {
		t.Error("a snapshot goes on after it was closed")
	}
	if _, err := n.Snapshot(t.Context(), "app"); err == nil {
		t.Error("a path that is none has a snapshot")
	}
}

// Few snapshots are open at a time, and one that nobody reads is taken away when its time is over.
func TestSnapshotsAreTakenBack(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	var open []sdk.Snapshot
	for range maxSnapshots {
		s, err := n.Snapshot(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
	}
	if _, err := n.Snapshot(t.Context(), "/"); err == nil {
		t.Error("there is no end to snapshots")
	}
	n.takeBack(time.Now())
	if _, err := open[0].Next(t.Context(), make([]sdk.Change, 1)); err != nil {
		t.Errorf("taken back before its time: %v", err)
	}
	n.takeBack(time.Now().Add(2 * snapshotTime))
	if _, err := open[0].Next(t.Context(), make([]sdk.Change, 1)); err == nil {
		t.Error("nobody took it back")
	}
	if _, err := n.Snapshot(t.Context(), "/"); err != nil {
		t.Errorf("after all were taken back: %v", err)
	}
}
