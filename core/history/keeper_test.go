package history

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// replica is one node's tree and keeper.
type replica struct {
	tree   *tree.Tree
	keeper Keeper
}

func (r *replica) apply(at tree.Stamp, by tree.Actor, op *sdk.Op) []tree.Effect {
	_, _, effects := r.tree.Write(at, by, op, nil)
	return r.keeper.Record(r.tree, at, by, effects)
}

// reload goes on with what a snapshot makes of the node.
func (r *replica) reload(t *testing.T) {
	var saved bytes.Buffer
	if err := r.tree.Save(&saved); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(&saved)
	if err != nil {
		t.Fatal(err)
	}
	*r = replica{tree: loaded}
	r.keeper.Load(loaded)
}

var (
	places   = []string{"/a", "/a/b", "/a/b/c", "/x", "/x/y", "/grove/validators", "/grove/validators/v"}
	subjects = []string{"/a", "/a/b", "/x", "/", "/grove"}
	texts    = []string{
		`{"keep":2}`, `{"keep":0}`, `{"keep":5,"age":"300ms"}`, `{"keep":9,"entries":4}`, `{"keep":9,"bytes":1500}`, `{"keep":`,
	}
	lists = [][]sdk.ACL{
		sdk.OpenACL(), {{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "digest", ID: "u:h"}}},
	}
)

func randomOp(r *rand.Rand) sdk.Op {
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	op := sdk.Op{Path: pick(places), Version: sdk.AnyVersion, ACL: lists[r.IntN(len(lists))], Data: bytes.Repeat([]byte("x"), r.IntN(400))}
	switch n := r.IntN(20); {
	case n < 5:
		op.Kind = sdk.OpCreate
	case n < 13:
		op.Kind = sdk.OpSetData
	case n < 15:
		op.Kind = sdk.OpDelete
	case n < 16:
		op.Kind = sdk.OpSetACL
	case n < 18:
		op = sdk.Op{Kind: sdk.OpSetData, Path: PolicyPath(pick(subjects)), Data: []byte(pick(texts)), Version: sdk.AnyVersion}
	case n < 19:
		op = sdk.Op{Kind: sdk.OpCreate, Path: PolicyPath(pick(subjects)), Data: []byte(pick(texts)), ACL: sdk.OpenACL()}
	default:
		op = sdk.Op{Kind: sdk.OpDelete, Path: PolicyPath(pick(subjects)), Version: sdk.AnyVersion}
	}
	return op
}

// entryOp is what super may do to an entry, or where one was: delete it, write it, make one, and several of these in one.
func entryOp(r *rand.Rand, t Tree) sdk.Op {
	path := EntriesRoot + "/none"
	if names := t.Children(EntriesRoot); len(names) > 0 {
		path = EntriesRoot + "/" + names[r.IntN(len(names))]
	}
	numbers := append([]string{fmt.Sprintf("%010d", r.IntN(30))}, t.Children(path)...)
	path += "/" + numbers[r.IntN(len(numbers))]
	remove := sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion}
	write := sdk.Op{Kind: sdk.OpSetData, Path: path, Data: make([]byte, r.IntN(400)), Version: sdk.AnyVersion}
	forge := sdk.Op{Kind: sdk.OpCreate, Path: path, Data: write.Data, ACL: sdk.OpenACL()}
	multi := []sdk.Op{write, remove, forge, write, remove, forge}
	switch r.IntN(5) {
	case 0:
		return remove
	case 1:
		return write
	case 2:
		return forge
	case 3:
		return sdk.Op{Kind: sdk.OpMulti, Ops: multi}
	}
	return sdk.Op{Kind: sdk.OpMulti, Ops: multi[2:]}
}

// TestDeterminism: a node that is restored from snapshots again and again has the same history as one that never was, and
// its keeper knows what the tree says.
func TestDeterminism(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	straight, travelled := &replica{tree: tree.New()}, &replica{tree: tree.New()}
	super := tree.Actor{Session: 3, Identities: []sdk.Identity{sdk.Super}}
	ops := []sdk.Op{}
	for _, path := range []string{sdk.GroveRoot, Root, PoliciesRoot} {
		ops = append(ops, sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()})
	}
	most := 0
	for zxid := int64(1); zxid <= 3000; zxid++ {
		op := randomOp(random)
		if random.IntN(8) == 0 {
			op = entryOp(random, straight.tree)
		}
		if n := int(zxid) - 1; n < len(ops) {
			op = ops[n]
		}
		at := tree.Stamp{Zxid: zxid, Time: 10 * zxid}
		a, b := straight.apply(at, super, &op), travelled.apply(at, super, &op)
		if got, want := fmt.Sprint(a), fmt.Sprint(b); got != want {
			t.Fatalf("transaction %d: effects\n%s\nand\n%s", zxid, got, want)
		}
		if err := equal(straight.tree, &straight.keeper); err != nil {
			t.Fatalf("transaction %d: %v", zxid, err)
		}
		if zxid%40 == 0 {
			travelled.reload(t)
		}
		if straight.tree.Hash() != travelled.tree.Hash() {
			t.Fatalf("transaction %d: trees differ", zxid)
		}
		most = max(most, len(straight.tree.Children(EntriesRoot)))
	}
	if most < 4 {
		t.Errorf("never history of more than %d nodes", most)
	}
}

// counting counts what is asked of a tree.
type counting struct {
	*tree.Tree
	asked int
}

func (c *counting) Get(path string) ([]byte, []sdk.ACL, sdk.Stat, bool) {
	c.asked++
	return c.Tree.Get(path)
}

func (c *counting) Stat(path string) (sdk.Stat, bool) {
	c.asked++
	return c.Tree.Stat(path)
}

func (c *counting) Children(path string) []string {
	c.asked++
	return c.Tree.Children(path)
}

// TestWritingBelowRootIsCheap: what a client writes below the root of history takes no longer the more history there is:
// only a policy that begins or ends moves entries, and those that it is about.
func TestWritingBelowRootIsCheap(t *testing.T) {
	r := prepared(t, "/a", `{"keep":1000}`)
	zxid := int64(10)
	write := func(op sdk.Op) int {
		zxid++
		at, seen := tree.Stamp{Zxid: zxid, Time: zxid}, &counting{Tree: r.tree}
		_, code, effects := r.tree.Write(at, server, &op, nil)
		if code != sdk.OK {
			t.Fatal(op.Path, code)
		}
		r.keeper.Record(seen, at, server, effects)
		if err := equal(r.tree, &r.keeper); err != nil {
			t.Fatal(err)
		}
		return seen.asked
	}
	for _, path := range []string{"/a", "/a/b", "/other"} {
		write(sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()})
	}
	for range 20 {
		write(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion})
		write(sdk.Op{Kind: sdk.OpSetData, Path: "/a/b", Version: sdk.AnyVersion})
	}
	policy := func(kind sdk.OpKind, path, text string) sdk.Op {
		return sdk.Op{Kind: kind, Path: PolicyPath(path), Data: []byte(text), ACL: sdk.OpenACL(), Version: sdk.AnyVersion}
	}
	for _, step := range []struct {
		op    sdk.Op
		asked int
	}{
		{sdk.Op{Kind: sdk.OpCreate, Path: Root + "/x", ACL: sdk.OpenACL()}, 0},
		{sdk.Op{Kind: sdk.OpSetData, Path: Root + "/x", Version: sdk.AnyVersion}, 0},
		{sdk.Op{Kind: sdk.OpSetData, Path: PoliciesRoot, Version: sdk.AnyVersion}, 0},
		{sdk.Op{Kind: sdk.OpSetData, Path: EntriesPath("/a") + "/0000000003", Version: sdk.AnyVersion, Data: []byte("x")}, 0},
		{sdk.Op{Kind: sdk.OpDelete, Path: EntriesPath("/a") + "/0000000003", Version: sdk.AnyVersion}, 0},
		{policy(sdk.OpSetData, "/a", `{"keep":999}`), 1},
		{policy(sdk.OpCreate, "/other", `{"keep":5}`), 1},
		{policy(sdk.OpCreate, "/a/b", `{"keep":1000}`), 1 + 21},
		{policy(sdk.OpDelete, "/a/b", ""), 1 + 21},
	} {
		if asked := write(step.op); asked != step.asked {
			t.Errorf("%v %s: the tree was asked %d times, want %d", step.op.Kind, step.op.Path, asked, step.asked)
		}
	}
}

// TestRemovalIsBounded: a policy that goes leaves its entries to the transactions that follow, each of which removes so
// many and no more.
func TestRemovalIsBounded(t *testing.T) {
	r := prepared(t, "/a", `{"keep":1000}`)
	zxid := int64(10)
	write := func(op sdk.Op) []tree.Effect {
		zxid++
		return r.apply(tree.Stamp{Zxid: zxid, Time: zxid}, tree.Actor{}, &op)
	}
	write(sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()})
	for range 4 {
		child := fmt.Sprintf("/a/%d", zxid)
		write(sdk.Op{Kind: sdk.OpCreate, Path: child, ACL: sdk.OpenACL()})
		for range 600 {
			write(sdk.Op{Kind: sdk.OpSetData, Path: child, Version: sdk.AnyVersion})
		}
	}
	entries := func() int { return r.keeper.orphans.count }
	write(sdk.Op{Kind: sdk.OpDelete, Path: PolicyPath("/a"), Version: sdk.AnyVersion})
	left := 4*601 + 1 - removals
	for ; left > 0; left -= removals {
		if entries() != left {
			t.Fatalf("%d entries left, want %d", entries(), left)
		}
		write(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion})
	}
	if names := r.tree.Children(EntriesRoot); entries() != 0 || len(names) != 0 {
		t.Errorf("%d entries left, of %q", entries(), names)
	}
}

// TestSmallerKeep: a node that has many entries when fewer are to be kept loses them a hundred with each change.
func TestSmallerKeep(t *testing.T) {
	r := prepared(t, "/a", `{"keep":1000}`)
	zxid := int64(10)
	write := func(op sdk.Op) {
		zxid++
		r.apply(tree.Stamp{Zxid: zxid, Time: zxid}, tree.Actor{}, &op)
	}
	write(sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()})
	for range 299 {
		write(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion})
	}
	write(sdk.Op{Kind: sdk.OpSetData, Path: PolicyPath("/a"), Data: []byte(`{"keep":2}`), Version: sdk.AnyVersion})
	for _, want := range []int{201, 102, 3, 2} {
		write(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Version: sdk.AnyVersion})
		if got := len(r.tree.Children(EntriesPath("/a"))); got != want {
			t.Fatalf("%d entries, want %d", got, want)
		}
		if err := equal(r.tree, &r.keeper); err != nil {
			t.Fatal(err)
		}
	}
}

// prepared is a replica with one policy.
func prepared(t testing.TB, path, policy string) *replica {
	t.Helper()
	r := &replica{tree: tree.New()}
	for i, op := range []sdk.Op{
		{Path: sdk.GroveRoot}, {Path: Root}, {Path: PoliciesRoot}, {Path: PolicyPath(path), Data: []byte(policy)},
	} {
		op.Kind, op.ACL = sdk.OpCreate, sdk.OpenACL()
		at := tree.Stamp{Zxid: int64(i + 1), Time: int64(i + 1)}
		_, code, effects := r.tree.Write(at, tree.Actor{}, &op, nil)
		if code != sdk.OK {
			t.Fatal(op.Path, code)
		}
		r.keeper.Record(r.tree, at, tree.Actor{}, effects)
	}
	return r
}

// TestNothingToKeepCostsNothing: without a policy, and beside one, a transaction allocates nothing more.
func TestNothingToKeepCostsNothing(t *testing.T) {
	effects := []tree.Effect{{Change: sdk.Change{Kind: sdk.Changed, Path: "/other/place"}, ACL: sdk.OpenACL()}}
	for name, r := range map[string]*replica{"no policy": {tree: tree.New()}, "beside": prepared(t, "/a", `{"keep":3}`)} {
		allocs := testing.AllocsPerRun(100, func() {
			r.keeper.Record(r.tree, tree.Stamp{Zxid: 100}, tree.Actor{}, effects)
		})
		if allocs > 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	who := tree.Actor{Session: 7, Identities: []sdk.Identity{{Scheme: "ip", ID: "10.0.0.1"}, {Scheme: "digest", ID: "alice:hash"}}}
	op := sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: make([]byte, 100), Version: sdk.AnyVersion}
	for _, bench := range []struct{ name, policy string }{{"none", ""}, {"beside", "/b"}, {"kept", "/a"}} {
		b.Run(bench.name, func(b *testing.B) {
			r := &replica{tree: tree.New()}
			if bench.policy != "" {
				r = prepared(b, bench.policy, `{"keep":20}`)
			}
			r.apply(tree.Stamp{Zxid: 10}, who, &sdk.Op{Kind: sdk.OpCreate, Path: "/a", ACL: sdk.OpenACL()})
			b.ReportAllocs()
			var effects []tree.Effect
			for i := range int64(b.N) {
				at := tree.Stamp{Zxid: 100 + i, Time: 100 + i}
				_, _, effects = r.tree.Write(at, who, &op, effects[:0])
				effects = r.keeper.Record(r.tree, at, who, effects)
			}
		})
	}
}
