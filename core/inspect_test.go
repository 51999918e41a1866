package core

import (
	"fmt"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// Who holds and watches what can be listed and counted.
func TestSessionsAreListed(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	c, idle := openClient(t, n, sdk.Login{}), openClient(t, n, sdk.Login{})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/b", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpCreate, Path: "/a", Mode: sdk.ModeEphemeral, ACL: sdk.OpenACL()})
	c.must(sdk.Op{Kind: sdk.OpGetData, Path: "/b", Watch: true})
	c.must(sdk.Op{Kind: sdk.OpGetChildren, Path: "/b", Watch: true})
	c.must(sdk.Op{Kind: sdk.OpAddWatch, Path: "/", Type: sdk.WatchRecursive})

	list, err := n.Sessions(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	busy, other := list[0], list[1]
	if busy.ID != c.Info().ID || !busy.Here || fmt.Sprint(busy.Ephemerals) != "[/a /b]" ||
		fmt.Sprint(busy.Watches) != fmt.Sprint([]sdk.Watched{{Path: "/b", Type: sdk.WatchData}, {Path: "/b", Type: sdk.WatchChildren}, {Path: "/", Type: sdk.WatchRecursive}}) {
		t.Errorf("%+v", busy)
	}
	if other.ID != idle.Info().ID || other.Timeout != idle.Info().Timeout || len(other.Ephemerals)+len(other.Watches) > 0 {
		t.Errorf("%+v", other)
	}
	if s, _ := n.Status(t.Context()); s.Ephemerals != 2 || s.Watches != 3 || s.WatchedPaths != 2 || s.DataSize == 0 {
		t.Errorf("%+v", s)
	}
}
