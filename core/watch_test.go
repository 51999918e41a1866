package core

import (
	"fmt"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// heard gives the events that came since it was last asked.
func (c *client) heard() []string {
	var list []string
	for _, e := range c.events {
		list = append(list, fmt.Sprint(e.Kind, " ", e.Path))
	}
	c.events = nil
	return list
}

// What a persistent or recursive watch misses while its client is away is told when it comes back: in order, each
// event once, and only of nodes the client may read.
func TestLastingWatchesHearWhatTheyMissed(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c := openClient(t, n, sdk.Login{})
	c.must(create("/app", ""))
	c.must(sdk.Op{Kind: sdk.OpAddWatch, Type: sdk.WatchRecursive, Path: "/app"})
	seen := c.must(create("/app/a", "")).Zxid
	if got, want := c.heard(), []string{"NodeCreated /app/a"}; !slices.Equal(got, want) {
		t.Fatalf("heard %v, want %v", got, want)
	}
	info := c.Info()
	_ = c.Close()
	whileAway(openClient(t, n, sdk.Login{Identities: []sdk.Identity{{Scheme: "ip", ID: "10.0.0.1"}}}))

	again := openClient(t, n, sdk.Login{SessionID: info.ID, Password: info.Password[:], LastZxid: seen})
	again.must(sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{
		RelativeZxid: seen, Persistent: []string{"/app"}, Recursive: []string{"/app"},
	}})
	want := []string{
		"NodeDataChanged /app/a",
		"NodeChildrenChanged /app", // all that may be told of the secret node
		"NodeDeleted /app/a", "NodeChildrenChanged /app",
		"NodeCreated /app/b", "NodeChildrenChanged /app",
	}
	if got := again.heard(); !slices.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	again.must(create("/app/c", ""))
	if got := again.heard(); len(got) != 2 {
		t.Errorf("heard %v after coming back", got)
	}
	again.must(sdk.Op{Kind: sdk.OpCheckWatches, Type: sdk.WatchPersistent, Path: "/app"})
	again.must(sdk.Op{Kind: sdk.OpRemoveWatches, Type: sdk.WatchAny, Path: "/app"})
	if m := again.ask(sdk.Op{Kind: sdk.OpCheckWatches, Type: sdk.WatchAny, Path: "/app"}); m.Code != sdk.CodeNoWatcher {
		t.Errorf("after removal: %v", m.Code)
	}
}

func whileAway(other *client) {
	secret := create("/app/secret", "")
	secret.ACL = []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "ip", ID: "10.0.0.1"}}}
	other.must(set("/app/a", "1"))
	other.must(secret)
	other.must(sdk.Op{Kind: sdk.OpDelete, Path: "/app/a", Version: sdk.AnyVersion})
	other.must(create("/elsewhere", ""))
	other.must(create("/app/b", ""))
}
