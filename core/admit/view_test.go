package admit_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// looking is a world with a rule over /config that reads so much, and judges by the function.
func looking(t *testing.T, more string, judge func(sdk.Write) error) *world {
	t.Helper()
	w := newWorld()
	t.Cleanup(w.door.Close)
	w.judges["looks"] = judge
	if refusal := w.install("r", rule(w.stage("looks"), more)); refusal != nil {
		t.Fatal(refusal)
	}
	w.nodes["/config/a"], w.zxids["/config/a"] = "before", 5
	return w
}

func TestOldIsShownAndGuarded(t *testing.T) {
	var seen []string
	w := looking(t, `,"reads":"old"`, func(write sdk.Write) error {
		if write.Tree != nil {
			t.Error("it may read the tree")
		}
		for _, op := range write.Ops {
			seen = append(seen, fmt.Sprintf("%t %s %d", op.Old.Present, op.Old.Data, op.Old.Stat.Mzxid))
		}
		return nil
	})
	here := txn.Guard{Kind: txn.GuardNode, Path: "/config/a", Zxid: 5}
	tests := []struct {
		op     *sdk.Op
		seen   []string
		guards []txn.Guard
	}{
		{set("/config/a", "x"), []string{"true before 5"}, []txn.Guard{here}},
		{set("/config/b", "x"), []string{"false  0"}, []txn.Guard{{Kind: txn.GuardAbsent, Path: "/config/b"}}},
		{sequential("/config/a", "x"), []string{"false  0"}, nil},
		{set("/other", "x"), nil, nil},
		{&sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			*set("/config/a", "one"), *set("/other", "x"), *set("/config/a", "two"),
			{Kind: sdk.OpDelete, Path: "/config/a"}, {Kind: sdk.OpCreate, Path: "/config/a", Data: []byte("three")}, *set("/config/a", "four"),
		}}, []string{"true before 5", "true one 0", "true two 0", "false  0", "true three 0"}, []txn.Guard{here}},
	}
	for _, test := range tests {
		seen = nil
		verdict := w.verdict(test.op)
		if verdict.Refusal != nil || !reflect.DeepEqual(seen, test.seen) || !reflect.DeepEqual(verdict.Guards, test.guards) {
			t.Errorf("%v %s: saw %q, %+v", test.op.Kind, test.op.Path, seen, verdict)
		}
		if unsettled := w.door.Unsettled(test.op); unsettled != (test.seen != nil) {
			t.Errorf("%v %s: unsettled %t", test.op.Kind, test.op.Path, unsettled)
		}
	}
}

// What a sequential create in the same multi will make cannot be shown.
func TestOldAfterSequentialCreate(t *testing.T) {
	w := looking(t, `,"reads":"old"`, func(sdk.Write) error { return nil })
	for path, refused := range map[string]bool{"/config/n0000000001": true, "/config/n00": false, "/config/nx000000001": false, "/config/m0000000001": false} {
		verdict := w.verdict(&sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{*sequential("/config/n", ""), *set(path, "x")}})
		if (verdict.Refusal != nil) != refused {
			t.Errorf("%s: %v", path, verdict.Refusal)
		}
	}
}

func TestTreeIsReadAndGuarded(t *testing.T) {
	w := looking(t, `,"reads":"tree"`, func(write sdk.Write) error {
		for _, name := range write.Tree.Children("/services") {
			if node := write.Tree.Get("/services/" + name); string(node.Data) == string(write.Ops[0].Data) && node.Stat.Pzxid == 0 {
				return nil
			}
		}
		write.Tree.Children("/services")
		return errors.New("not a refusal")
	})
	if refusal := w.verdict(set("/config/a", "web")).Refusal; refusal == nil {
		t.Error("without services")
	}
	w.nodes["/services"], w.zxids["/services/"] = "", 7
	w.nodes["/services/x"], w.zxids["/services/x"] = "mail", 8
	w.nodes["/services/y"], w.zxids["/services/y"], w.zxids["/services/y/"] = "web", 9, 10
	want := []txn.Guard{
		{Kind: txn.GuardNode, Path: "/config/a", Zxid: 5}, {Kind: txn.GuardChildren, Path: "/services", Zxid: 7},
		{Kind: txn.GuardNode, Path: "/services/x", Zxid: 8}, {Kind: txn.GuardNode, Path: "/services/y", Zxid: 9},
	}
	if verdict := w.verdict(set("/config/a", "web")); verdict.Refusal != nil || !reflect.DeepEqual(verdict.Guards, want) {
		t.Errorf("%+v", verdict)
	}
	// A failure that is let pass rests on nothing.
	w.install("r", rule(w.stage("looks"), `,"reads":"tree","on_error":"allow"`))
	if verdict := w.verdict(set("/config/a", "ftp")); verdict.Refusal != nil || verdict.Guards != nil {
		t.Errorf("%+v", verdict)
	}
	// And what never refuses never has a write judged again.
	w.install("r", rule(w.stage("looks"), `,"reads":"tree","mode":"audit"`))
	if verdict := w.verdict(set("/config/a", "web")); verdict.Refusal != nil || verdict.Guards != nil {
		t.Errorf("%+v", verdict)
	}
}

func TestReadingTooMuchFails(t *testing.T) {
	paths := make([]string, 70)
	for i := range paths {
		paths[i] = fmt.Sprintf("/n%d", i)
	}
	long := "/" + strings.Repeat("x", 40<<10)
	tests := []struct {
		paths   []string
		refused bool
	}{{paths[:63], false}, {paths[:64], true}, {[]string{long, long}, false}, {[]string{long, long + "y"}, true}}
	for _, test := range tests {
		w := looking(t, `,"reads":"tree"`, func(write sdk.Write) error {
			for _, path := range test.paths {
				write.Tree.Get(path)
			}
			return nil
		})
		verdict := w.verdict(set("/config/a", "x")) // one more: the node itself
		if (verdict.Refusal != nil) != test.refused || test.refused && !strings.Contains(verdict.Refusal.Reason, "reads more than 64") {
			t.Errorf("%d paths: %+v", len(test.paths), verdict.Refusal)
		}
	}
}

// A refusal is by one moment of the tree: when what was read has changed before the verdict was there, it is thought over.
func TestRefusalIsThoughtOver(t *testing.T) {
	var w *world
	calls := 0
	w = looking(t, `,"reads":"tree"`, func(write sdk.Write) error {
		calls++
		if write.Tree.Get("/flag").Present {
			return nil
		}
		w.nodes["/flag"] = "" // meanwhile
		return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "no flag"}
	})
	if verdict := w.verdict(set("/config/a", "x")); verdict.Refusal != nil || calls != 2 {
		t.Errorf("%+v after %d calls", verdict, calls)
	}
	if len(w.door.Denials()) != 0 || w.door.Rules()[0].Denied != 0 {
		t.Errorf("an admitted write is listed as refused: %+v", w.door.Denials())
	}
	w = looking(t, `,"reads":"tree"`, func(write sdk.Write) error {
		calls++
		write.Tree.Get("/flag")
		w.zxids["/flag"]++
		w.nodes["/flag"] = ""
		return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "never"}
	})
	calls = 0
	if verdict := w.verdict(set("/config/a", "x")); verdict.Refusal == nil || calls > 10 {
		t.Errorf("%+v after %d calls", verdict, calls)
	}
}

func TestContainerAndTTLCreatesAreJudged(t *testing.T) {
	w := newWorld()
	defer w.door.Close()
	w.install("no-bad", rule(w.stage("no-bad"), `,"kinds":["create"]`))
	for _, kind := range []sdk.OpKind{sdk.OpCreateContainer, sdk.OpCreateTTL} {
		if verdict := w.verdict(&sdk.Op{Kind: kind, Path: "/config/x", Data: []byte("bad")}); verdict.Refusal == nil {
			t.Errorf("%v passes", kind)
		}
		if verdict := w.verdict(&sdk.Op{Kind: kind, Path: admit.RulesRoot + "/x", Data: []byte(rule(w.stage("no-bad"), ""))}); verdict.Refusal == nil {
			t.Errorf("a rule that may vanish, by %v", kind)
		}
	}
}
