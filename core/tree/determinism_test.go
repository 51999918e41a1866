package tree

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// TestDeterminism applies the same random ops to two trees, one of which is saved and loaded again and again: outcomes,
// effects and hashes stay the same. A write that failed, of whichever kind, leaves the tree as it was.
func TestDeterminism(t *testing.T) {
	const writes = 4000
	one, other := New(), New()
	r, s := rand.New(rand.NewPCG(3, 4)), rand.New(rand.NewPCG(3, 4))
	failed, done := 0, 0
	quotas, stats, refused, sweepable := 0, 0, 0, 0
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
		if i%100 == 0 {
			q, s := checkQuotas(t, one)
			quotas, stats = quotas+q, stats+s
			a, b := allSweepable(one, i*10), allSweepable(other, i*10)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("to be swept: %q and %q", a, b)
			}
			sweepable += len(a)
		}
		if got.code == sdk.CodeQuotaExceeded {
			refused++
		}
	}
	if one.Hash() != other.Hash() || one.Len() != other.Len() {
		t.Errorf("hash %x of %d nodes, and %x of %d", one.Hash(), one.Len(), other.Hash(), other.Len())
	}
	for _, tree := range []*Tree{one, other} {
		checkFamilies(t, tree)
		checkBlocks(t, tree)
	}
	owned := int64(0)
	for session := range int64(3) {
		owned += int64(len(one.Ephemerals(session)))
		if a, b := one.Ephemerals(session), other.Ephemerals(session); !reflect.DeepEqual(a, b) {
			t.Errorf("ephemerals of %d: %q and %q", session, a, b)
		}
	}
	if owned != one.EphemeralCount() || owned != other.EphemeralCount() {
		t.Errorf("%d ephemerals, and %d and %d are counted", owned, one.EphemeralCount(), other.EphemeralCount())
	}
	if quotas < 20 || stats < 20 || refused < 20 || sweepable < 20 {
		t.Errorf("%d quotas with %d stats and %d to be swept were seen, %d writes refused: these ops test little",
			quotas, stats, sweepable, refused)
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
	switch r.IntN(40) {
	case 0:
		return outcomeOfWrite{effects: tree.EndSession(at, 1+r.Int64N(2), nil)}
	case 1:
		var effects []Effect
		due := allSweepable(tree, at.Time)
		for _, path := range due[:min(len(due), 2)] {
			effects, _ = tree.Sweep(at, path, effects)
		}
		return outcomeOfWrite{effects: effects}
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
	op.Mode = sdk.CreateMode(r.IntN(5) * r.IntN(2))
	if op.Kind == sdk.OpCreate2 && r.IntN(3) == 0 {
		op.Kind, op.Mode, op.TTL = sdk.OpCreateTTL, sdk.ModeTTL+sdk.CreateMode(r.IntN(2)), 1+r.Int64N(100)
	}
	op.Data = [][]byte{nil, {}, []byte("data"), []byte("other")}[r.IntN(4)]
	if r.IntN(15) == 0 {
		randomQuota(r, &op)
	}
	return op
}

// randomQuota makes an op one on a quota of its path, or on what leads there.
func randomQuota(r *rand.Rand, op *sdk.Op) {
	op.Path, op.ACL = quotaPath+op.Path, sdk.OpenACL()
	if op.Data = nil; r.IntN(2) == 0 {
		return
	}
	op.Path = sdk.JoinPath(op.Path, []string{limitsName, statsName}[r.IntN(2)])
	limits := []string{"count=%d", "bytes=%d", "countHardLimit=%d", "byteHardLimit=%d", "junk%d"}
	op.Data = fmt.Appendf(nil, limits[r.IntN(len(limits))], r.IntN(20))
}

// checkQuotas holds what the tree knows of its quotas against what stands in it.
func checkQuotas(t *testing.T, tree *Tree) (quotas, stats int) {
	t.Helper()
	if loaded := saveAndLoad(t, tree); !reflect.DeepEqual(loaded.quotas, tree.quotas) {
		t.Errorf("quotas %v, and once loaded %v", tree.quotas, loaded.quotas)
	}
	for governed := range tree.quotas {
		data, _, _, ok := tree.Get(quotaPath + governed + "/" + statsName)
		if !ok {
			continue
		}
		nodes, bytes := tree.Extent(governed)
		if want := fmt.Sprintf("count=%d,bytes=%d", nodes, bytes); string(data) != want {
			t.Errorf("stats of %s are %s, want %s", governed, data, want)
		}
		stats++
	}
	return len(tree.quotas), stats
}
