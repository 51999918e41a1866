package tree

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/grove-coordination/grove/sdk"
)

// mustWrite applies an op that has to succeed.
func mustWrite(t testing.TB, tree *Tree, who Actor, op sdk.Op) sdk.Result {
	t.Helper()
	if op.ACL == nil {
		op.ACL = sdk.OpenACL()
	}
	result, code, _ := tree.Write(Stamp{Zxid: 1, Time: 1}, who, &op, nil)
	if code != sdk.OK {
		t.Fatalf("%v %s: %v", op.Kind, op.Path, code)
	}
	return result
}

func TestVersionsWrapAroundAnyVersion(t *testing.T) {
	for version, want := range map[int32]int32{0: 1, math.MaxInt32: math.MinInt32, -2: 0, -1: 0, -3: -2} {
		tree := New()
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a"})
		n := tree.nodes.at(tree.find("/a"))
		n.version, n.aversion = version, version
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion})
		mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetACL, Path: "/a", Version: sdk.AnyVersion})
		if stat, _ := tree.Stat("/a"); stat.Version != want || stat.Aversion != want {
			t.Errorf("after %d come version %d and aversion %d, want %d", version, stat.Version, stat.Aversion, want)
		}
	}
}

func TestSequenceGoesOnPast32Bits(t *testing.T) {
	tree := New()
	tree.families.at(tree.nodes.at(tree.root).family).creations = math.MaxInt32
	for _, want := range []string{"/q2147483647", "/q2147483648"} {
		op := sdk.Op{Kind: sdk.OpCreate, Path: "/q", Mode: sdk.ModePersistentSequential}
		if got := mustWrite(t, tree, Actor{}, op).Path; got != want {
			t.Errorf("created %s, want %s", got, want)
		}
	}
	stat, _ := tree.Stat("/")
	creations, children := int64(math.MaxInt32)+2, int64(3)
	if want := int32(2*creations - children); stat.Cversion != want {
		t.Errorf("cversion %d, want %d", stat.Cversion, want)
	}
}

// TestNothingOfAnOpIsKept writes over the memory of every op once it has been applied.
func TestNothingOfAnOpIsKept(t *testing.T) {
	tree := New()
	lent := []byte("/parent" + "digest" + "user:hash" + "data")
	text := func(from, to int) string { return unsafe.String(&lent[from], to-from) }
	id := sdk.Identity{Scheme: text(7, 13), ID: text(13, 22)}
	op := sdk.Op{Kind: sdk.OpCreate, Path: text(0, 7), Data: lent[22:26], Mode: sdk.ModeEphemeral,
		ACL: []sdk.ACL{{Perms: sdk.PermAll, Identity: id}}}
	mustWrite(t, tree, Actor{Session: 1}, op)
	copy(lent, bytes.Repeat([]byte("!"), len(lent)))
	op.ACL[0] = sdk.ACL{}

	data, acl, _, ok := tree.Get("/parent")
	if !ok || string(data) != "data" || acl[0].Scheme != "digest" || acl[0].ID != "user:hash" {
		t.Errorf("kept %q %v %v", data, acl, ok)
	}
	if paths := tree.Ephemerals(1); len(paths) != 1 || paths[0] != "/parent" {
		t.Errorf("ephemerals %q", paths)
	}
}

func TestReadersMayKeepWhatTheyGot(t *testing.T) {
	tree := New()
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte("old")})
	result, _ := tree.Read(nil, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"})
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte("new"), Version: sdk.AnyVersion})
	if string(result.Data) != "old" {
		t.Errorf("data became %q in the reader's hands", result.Data)
	}
}

func TestEffectsAreAppended(t *testing.T) {
	tree := New()
	before := []Effect{{Change: sdk.Change{Path: "/before"}}}
	multi := sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
		{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()}, {Kind: sdk.OpDelete, Path: "/none"},
	}}
	_, _, effects := tree.Write(Stamp{}, Actor{}, &multi, before)
	if len(effects) != 1 || effects[0].Path != "/before" {
		t.Errorf("after a failed multi: %+v", effects)
	}
	_, _, effects = tree.Write(Stamp{}, Actor{}, &multi.Ops[0], effects)
	if len(effects) != 2 || effects[1].Path != "/a" {
		t.Errorf("after a create: %+v", effects)
	}
}

func TestMissingNodes(t *testing.T) {
	tree := New()
	if tree.Children("/none") != nil {
		t.Error("children of a node that is not there")
	}
	if list := tree.Children(configPath); list == nil || len(list) != 0 {
		t.Errorf("children of a node without: %q", list)
	}
	if _, _, _, ok := tree.Get("/none"); ok {
		t.Error("got a node that is not there")
	}
}

func TestACLTableForgetsWhatNoNodeHas(t *testing.T) {
	tree := New()
	lists := len(tree.acls.byText)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		randomWrite(r, tree, 1)
	}
	tree.EndSession(Stamp{}, 1, nil)
	tree.EndSession(Stamp{}, 2, nil)
	removeAll(t, tree, rootPath)
	if got := len(tree.acls.byText); got != lists {
		t.Errorf("%d lists for a fresh tree, want %d", got, lists)
	}
	if tree.Len() != 4 {
		t.Errorf("%d nodes are left", tree.Len())
	}
}

// removeAll deletes everything below path that can be deleted.
func removeAll(t *testing.T, tree *Tree, path string) {
	for _, name := range tree.Children(path) {
		child := sdk.JoinPath(path, name)
		removeAll(t, tree, child)
		if !reserved(child) {
			super := Actor{Identities: []sdk.Identity{{Scheme: sdk.SchemeSuper}}}
			mustWrite(t, tree, super, sdk.Op{Kind: sdk.OpDelete, Path: child, Version: sdk.AnyVersion})
		}
	}
}

func TestMultiReadIsBounded(t *testing.T) {
	tree := New()
	const size = 1 << 20
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: make([]byte, size-4)})
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a/" + strings.Repeat("n", size-8)})
	for _, kind := range []sdk.OpKind{sdk.OpGetData, sdk.OpGetChildren} {
		for n, want := range map[int]sdk.Code{maxMultiRead / size: sdk.OK, maxMultiRead/size + 1: sdk.CodeMarshallingError} {
			op := sdk.Op{Kind: sdk.OpMultiRead, Ops: slices.Repeat([]sdk.Op{{Kind: kind, Path: "/a"}}, n)}
			result, code := tree.Read(nil, &op)
			if code != want || (code == sdk.OK) != (len(result.Multi) == n) {
				t.Errorf("%d %v: %v and %d results", n, kind, code, len(result.Multi))
			}
		}
	}
}

func TestLongListsAreRefused(t *testing.T) {
	list := func(n int) []sdk.ACL {
		acl := []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Identity{Scheme: schemeAuth}}}
		for i := range n - 1 {
			id := sdk.Identity{Scheme: sdk.SchemeDigest, ID: fmt.Sprintf("user:%d", i)}
			acl = append(acl, sdk.ACL{Perms: sdk.PermRead, Identity: id})
		}
		return acl
	}
	one := []sdk.Identity{{Scheme: sdk.SchemeDigest, ID: "me:hash"}}
	two := append(one, sdk.Identity{Scheme: "x509", ID: "CN=me"})
	tests := map[string]struct {
		acl  []sdk.ACL
		who  []sdk.Identity
		want sdk.Code
	}{
		"as many as there may be": {list(maxACL), one, sdk.OK},
		"all of them twice":       {append(list(maxACL), list(maxACL)...), one, sdk.OK},
		"one too many":            {list(maxACL + 1), one, sdk.CodeInvalidACL},
		"auth made it too long":   {list(maxACL), two, sdk.CodeInvalidACL},
	}
	for name, test := range tests {
		op := sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: test.acl}
		if _, code, _ := New().Write(Stamp{}, Actor{Identities: test.who}, &op, nil); code != test.want {
			t.Errorf("%s: %v", name, code)
		}
	}
}

// TestQuotasCostNothingWhereThereAreNone counts the allocations of a write.
func TestQuotasCostNothingWhereThereAreNone(t *testing.T) {
	tree := New()
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte("data")})
	op := sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte("more data"), Version: sdk.AnyVersion}
	var effects []Effect
	n := testing.AllocsPerRun(100, func() {
		_, _, effects = tree.Write(Stamp{}, Actor{}, &op, effects[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations, but for that of a block now and then", n)
	}
}

func TestLimitsOfEverySizeAreRead(t *testing.T) {
	none := quota{soft: amount{-1, -1}, hard: amount{-1, -1}}
	for text, want := range map[string]quota{
		"count=3,bytes=4":                            {soft: amount{3, 4}, hard: amount{-1, -1}},
		"count=-1,bytes=-1=;countHardLimit=2":        {soft: amount{-1, -1}, hard: amount{2, -1}},
		"byteHardLimit=9223372036854775807":          {soft: amount{-1, -1}, hard: amount{-1, math.MaxInt64}},
		"byteHardLimit=9223372036854775808":          none,
		strings.Repeat(",", maxLimits-7) + "count=3": {soft: amount{3, -1}, hard: amount{-1, -1}},
		strings.Repeat(",", maxLimits-6) + "count=3": none,
	} {
		if got := parseQuota([]byte(text)); got != want {
			t.Errorf("%.50s: %+v", text, got)
		}
	}
}

func TestReadDoesNotAllocate(t *testing.T) {
	tree := New()
	who := []sdk.Identity{{Scheme: "ip", ID: "10.1.2.3"}, {Scheme: "digest", ID: "a:b"}}
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/dir"})
	list := []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Identity{Scheme: "ip", ID: "10.0.0.0/8"}}}
	mustWrite(t, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: "/dir/node", Data: []byte("data"), ACL: list})
	for _, kind := range []sdk.OpKind{sdk.OpExists, sdk.OpGetData} {
		op := sdk.Op{Kind: kind, Path: "/dir/node"}
		n := testing.AllocsPerRun(100, func() {
			if _, code := tree.Read(who, &op); code != sdk.OK {
				t.Fatal(code)
			}
		})
		if n != 0 {
			t.Errorf("%v allocates %v times", kind, n)
		}
	}
}
