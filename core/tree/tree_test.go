package tree

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
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
		n, _ := tree.find("/a")
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
	tree.root.creations = math.MaxInt32
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
	lists := len(tree.acls.lists)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		randomWrite(r, tree, 1)
	}
	tree.EndSession(Stamp{}, 1, nil)
	tree.EndSession(Stamp{}, 2, nil)
	removeAll(t, tree, rootPath)
	if got := len(tree.acls.lists); got != lists {
		t.Errorf("%d lists for a fresh tree, want %d", got, lists)
	}
	if tree.Len() != 4 {
		t.Errorf("%d nodes are left", tree.Len())
	}
}

// removeAll deletes everything below path that can be deleted.
func removeAll(t *testing.T, tree *Tree, path string) {
	for _, name := range tree.Children(path) {
		if child := sdk.JoinPath(path, name); !reserved(child) {
			removeAll(t, tree, child)
			super := Actor{Identities: []sdk.Identity{{Scheme: sdk.SchemeSuper}}}
			mustWrite(t, tree, super, sdk.Op{Kind: sdk.OpDelete, Path: child, Version: sdk.AnyVersion})
		}
	}
}

// TestDeterminism applies the same random ops to two trees, one of which is saved and loaded again and again: outcomes,
// effects and hashes stay the same. A write that failed, of whichever kind, leaves the tree as it was.
func TestDeterminism(t *testing.T) {
	const writes = 4000
	one, other := New(), New()
	r, s := rand.New(rand.NewPCG(3, 4)), rand.New(rand.NewPCG(3, 4))
	failed, done := 0, 0
	for i := range int64(writes) {
		before := one.Hash()
		got, want := randomWrite(r, one, i), randomWrite(s, other, i)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("write %d:\n got %+v\nwant %+v", i, got, want)
		}
		if got.failed() {
			failed++
			if one.Hash() != before || len(got.effects) != 0 {
				t.Fatalf("write %d failed and left its traces: %+v", i, got)
			}
		} else {
			done++
		}
		if i%500 == 250 {
			other = saveAndLoad(t, other)
		}
	}
	if one.Hash() != other.Hash() || one.Len() != other.Len() {
		t.Errorf("hash %x of %d nodes, and %x of %d", one.Hash(), one.Len(), other.Hash(), other.Len())
	}
	for session := range int64(3) {
		if a, b := one.Ephemerals(session), other.Ephemerals(session); !reflect.DeepEqual(a, b) {
			t.Errorf("ephemerals of %d: %q and %q", session, a, b)
		}
	}
	if failed < writes/10 || done < writes/10 {
		t.Errorf("%d writes failed and %d did not: these ops test little", failed, done)
	}
}

type outcomeOfWrite struct {
	op      sdk.Op
	result  sdk.Result
	code    sdk.Code
	effects []Effect
}

// failed reports whether the tree must be as it was. A multi of nothing but checks succeeds without effects too.
func (o *outcomeOfWrite) failed() bool {
	multi := o.result.Multi
	return o.code != sdk.OK || len(multi) > 0 && multi[0].Kind == sdk.OpError
}

func randomWrite(r *rand.Rand, tree *Tree, zxid int64) outcomeOfWrite {
	at := Stamp{Zxid: zxid, Time: zxid * 10}
	if r.IntN(40) == 0 {
		return outcomeOfWrite{effects: tree.EndSession(at, 1+r.Int64N(2), nil)}
	}
	who := Actor{Session: 1 + r.Int64N(2), Identities: []sdk.Identity{{Scheme: "digest", ID: "a:b"}}}
	o := outcomeOfWrite{op: randomOp(r)}
	if r.IntN(3) == 0 {
		o.op = sdk.Op{Kind: sdk.OpMulti}
		for range r.IntN(8) {
			o.op.Ops = append(o.op.Ops, randomOp(r))
		}
	}
	o.result, o.code, o.effects = tree.Write(at, who, &o.op, nil)
	return o
}

// randomOp works on a few paths, so that ops meet, and mostly on nodes that are open to all, so that many succeed.
func randomOp(r *rand.Rand) sdk.Op {
	kinds := []sdk.OpKind{sdk.OpCreate, sdk.OpCreate, sdk.OpCreate2, sdk.OpDelete, sdk.OpSetData, sdk.OpCheck}
	op := sdk.Op{Kind: kinds[r.IntN(len(kinds))], Path: "/", ACL: sdk.OpenACL(), Version: sdk.AnyVersion}
	if r.IntN(40) == 0 {
		op.Kind = sdk.OpSetACL
	}
	for op.Path == "/" || r.IntN(2) == 0 {
		op.Path = sdk.JoinPath(op.Path, string(rune('a'+r.IntN(4))))
	}
	switch r.IntN(30) {
	case 0:
		op.ACL = nil
	case 1:
		op.ACL = []sdk.ACL{{Perms: sdk.Perm(r.IntN(32)), Identity: sdk.Anyone}}
	case 2, 3, 4:
		op.ACL = []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "auth"}}}
	case 5, 6, 7:
		op.Version = int32(r.IntN(3))
	}
	op.Mode = sdk.CreateMode(r.IntN(4) * r.IntN(2))
	op.Data = [][]byte{nil, {}, []byte("data"), []byte("other")}[r.IntN(4)]
	return op
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

func BenchmarkGetData(b *testing.B) {
	tree, paths := wide(b, 100_000)
	op := sdk.Op{Kind: sdk.OpGetData}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op.Path = paths[i*7919%len(paths)]
		if _, code := tree.Read(nil, &op); code != sdk.OK {
			b.Fatal(code)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	tree := New()
	acl, data := sdk.OpenACL(), make([]byte, 100)
	var effects []Effect
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op := sdk.Op{Kind: sdk.OpCreate, Path: fmt.Sprintf("/node-%d", i), ACL: acl, Data: data}
		var code sdk.Code
		if _, code, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0]); code != sdk.OK {
			b.Fatal(code)
		}
	}
}

func BenchmarkSetData(b *testing.B) {
	tree, paths := wide(b, 100_000)
	data := make([]byte, 100)
	var effects []Effect
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		op := sdk.Op{Kind: sdk.OpSetData, Path: paths[i*7919%len(paths)], Data: data, Version: sdk.AnyVersion}
		_, _, effects = tree.Write(Stamp{Zxid: int64(i)}, Actor{}, &op, effects[:0])
	}
}

// BenchmarkMemory tells what a node of 100 bytes takes.
func BenchmarkMemory(b *testing.B) {
	const nodes = 200_000
	for b.Loop() {
		before := heap()
		tree, _ := wide(b, nodes)
		b.ReportMetric(float64(heap()-before)/nodes, "bytes/node")
		runtime.KeepAlive(tree)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// wide is a tree of n nodes of 100 bytes, a thousand to a parent, and their paths.
func wide(b *testing.B, n int) (*Tree, []string) {
	tree := New()
	var paths []string
	for i := range n {
		dir := fmt.Sprintf("/dir-%d", i/1000)
		if i%1000 == 0 {
			mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: dir})
		}
		paths = append(paths, fmt.Sprintf("%s/node-%07d", dir, i))
		mustWrite(b, tree, Actor{}, sdk.Op{Kind: sdk.OpCreate, Path: paths[i], Data: make([]byte, 100)})
	}
	return tree, paths
}
