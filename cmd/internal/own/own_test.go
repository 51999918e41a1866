package own

import (
	"context"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// session is what one who has proved to be somebody does to a tree.
type session struct {
	tree *tree.Tree
	who  []sdk.Identity
}

func (s session) Create(_ context.Context, path string, data []byte, mode sdk.CreateMode, acl []sdk.ACL) (string, error) {
	op := sdk.Op{Kind: sdk.OpCreate, Path: path, Data: data, Mode: mode, ACL: acl}
	result, code, _ := s.tree.Write(tree.Stamp{Zxid: 1}, tree.Actor{Session: 1, Identities: s.who}, &op, nil)
	if code != sdk.OK {
		return "", code
	}
	return result.Path, nil
}

func (s session) GetACL(_ context.Context, path string) ([]sdk.ACL, sdk.Stat, error) {
	_, acl, stat, ok := s.tree.Get(path)
	if !ok {
		return nil, stat, sdk.CodeNoNode
	}
	return acl, stat, nil
}

const rules, rule = "/grove/validators", "/grove/validators/r"

var ann = sdk.Identity{Scheme: "digest", ID: "ann:hash"}

func TestWhatIsMadeIsItsMakers(t *testing.T) {
	s := session{tree.New(), []sdk.Identity{{Scheme: "ip", ID: "10.0.0.1"}, ann}}
	if err := Create(t.Context(), s, rule, []byte("x")); err != nil {
		t.Fatal(err)
	}
	for path, others := range map[string]sdk.Perm{sdk.GroveRoot: sdk.PermRead | sdk.PermCreate, rules: sdk.PermRead, rule: sdk.PermRead} {
		want := []sdk.ACL{{Perms: sdk.PermAll, Identity: ann}, {Perms: others, Identity: sdk.Anyone}}
		if acl, _, err := s.GetACL(t.Context(), path); err != nil || !slices.Equal(acl, want) {
			t.Errorf("%s: %v, %v", path, acl, err)
		}
	}
	if open, err := Open(t.Context(), s, rule, rules); open != "" || err != nil {
		t.Errorf("%q is open, %v", open, err)
	}
}

func TestWhoHasProvedNothingOwnsNothing(t *testing.T) {
	s := session{tree.New(), []sdk.Identity{{Scheme: "ip", ID: "10.0.0.1"}}}
	if err := Create(t.Context(), s, rules, nil); err != nil {
		t.Fatal(err)
	}
	s.who = append(s.who, ann)
	if err := Create(t.Context(), s, rule, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if data, _, _, _ := s.tree.Get(rule); string(data) != "x" {
		t.Errorf("%s holds %q", rule, data)
	}
	if open, err := Open(t.Context(), s, rule, rules); open != rules || err != nil {
		t.Errorf("%q is open, %v", open, err)
	}
	if err := Create(t.Context(), s, rule, nil); err != sdk.CodeNodeExists {
		t.Errorf("made twice: %v", err)
	}
}
