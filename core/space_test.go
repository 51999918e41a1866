package core

import (
	"testing"
	"time"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// On a disk that is nearly full, deletes are taken and nothing else that is written.
func TestLittleSpaceLeavesDeletes(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, Config{ID: "n1", Dir: dir})
	openClient(t, n, sdk.Login{}).must(sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openNode(t, Config{ID: "n1", Dir: dir, MinFree: 1 << 62})
	c := openClient(t, n, sdk.Login{})
	for _, op := range []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/b", ACL: sdk.OpenACL()},
		{Kind: sdk.OpSetData, Path: "/a", Version: -1},
		{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/a", Version: -1}, {Kind: sdk.OpCreate, Path: "/b"}}},
	} {
		if m := c.ask(op); m.Code != sdk.CodeSystemError {
			t.Errorf("%v: %v", op.Kind, m.Code)
		}
	}
	if s, _ := n.Status(t.Context()); !s.Serving || len(s.Warnings) != 1 {
		t.Errorf("serving %v, warnings %q", s.Serving, s.Warnings)
	}
	c.must(sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpDelete, Path: "/a", Version: -1}}})
}

// A module that no rule names goes with the sweep, an hour after it was touched last; a younger one and one that a rule
// names stay, and so does one whose rule comes meanwhile.
func TestModulesWithoutRulesAreSwept(t *testing.T) {
	n := openNode(t, Config{ID: "n1"})
	now := time.Now().Add(2 * time.Hour).UnixMilli()
	c := openClient(t, n, sdk.Login{})
	digest := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, path := range []string{"/grove", admit.ModuleRoot, admit.ModuleRoot + "/" + digest, admit.ModuleRoot + "/" + digest + "/0"} {
		if m := c.ask(sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()}); m.Code != sdk.OK && m.Code != sdk.CodeNodeExists {
			t.Fatal(path, m.Code)
		}
	}
	if young := n.unneeded(time.Now().UnixMilli()); len(young) > 0 {
		t.Errorf("%v would go at once", young)
	}
	old := n.unneeded(now)
	if len(old) != 2 || old[0].Op.Path != admit.ModuleRoot+"/"+digest+"/0" {
		t.Fatalf("%+v would go", old)
	}
	n.mu.Lock()
	n.rules++
	n.applyDiscard(&old[0])
	n.mu.Unlock()
	if m := c.ask(sdk.Op{Kind: sdk.OpExists, Path: old[0].Op.Path}); m.Code != sdk.OK {
		t.Errorf("it is gone though the rules have changed")
	}
	n.mu.Lock()
	n.rules--
	for i := range old {
		n.applyDiscard(&old[i])
	}
	n.mu.Unlock()
	if m := c.ask(sdk.Op{Kind: sdk.OpExists, Path: admit.ModuleRoot + "/" + digest}); m.Code != sdk.CodeNoNode {
		t.Errorf("it is still there: %v", m.Code)
	}
}
