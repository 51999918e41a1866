//go:build oracle

package oracle

import (
	"fmt"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// TestQuotas plays scripts about nothing but a subtree with limits. One request at a time: in a pipeline ZooKeeper goes
// by what was applied when it looked, and lets what is on its way pass.
func TestQuotas(t *testing.T) {
	everySeed(t, func(t *testing.T, original, ours string, seed uint64) {
		q := newQuotas(seed)
		d := newDuel(t, original, ours, q.script)
		defer d.leave()
		for _, op := range q.ground() {
			d.play(step{ops: []sdk.Op{op}})
		}
		for range *ops / 10 {
			d.play(step{session: q.IntN(sessions), ops: []sdk.Op{q.op()}})
		}
		t.Log("heard: ", d.heard)
	})
}

// quotas makes requests below a node with limits.
type quotas struct {
	*script
	governed, limits, stats string
	longest                 map[string]int // data that was asked for at each path
}

func newQuotas(seed uint64) *quotas {
	s := newScript(seed)
	s.root = fmt.Sprintf("/limited%d", seed)
	book := "/zookeeper/quota" + s.root + "/q"
	return &quotas{script: s, governed: s.root + "/q", limits: book + "/zookeeper_limits", stats: book + "/zookeeper_stats", longest: map[string]int{}}
}

// ground makes what ZooKeeper's setquota does.
func (q *quotas) ground() []sdk.Op {
	var ops []sdk.Op
	for _, path := range []string{q.root, q.governed, "/zookeeper/quota" + q.root, "/zookeeper/quota" + q.governed} {
		ops = append(ops, sdk.Op{Kind: sdk.OpCreate, Path: path, ACL: sdk.OpenACL()})
	}
	return append(ops,
		sdk.Op{Kind: sdk.OpCreate, Path: q.limits, Data: q.text(), ACL: sdk.OpenACL()},
		sdk.Op{Kind: sdk.OpCreate, Path: q.stats, Data: []byte("count=0,bytes=0"), ACL: sdk.OpenACL()})
}

// text asks for limits, hard and soft, that are soon reached, or for none.
func (q *quotas) text() []byte {
	limit := func(most int) int { return oneOf(q.script, -1, q.IntN(most), q.IntN(most)) }
	return fmt.Appendf(nil, "count=%d,bytes=%d=;byteHardLimit=%d;countHardLimit=%d", limit(10), limit(100), limit(100), limit(10))
}

func (q *quotas) op() sdk.Op {
	path := q.node()
	switch x := q.IntN(100); {
	case x < 40:
		return sdk.Op{
			Kind: oneOf(q.script, sdk.OpCreate, sdk.OpCreate2), Path: path, Data: q.value(path), ACL: sdk.OpenACL(),
			Mode: oneOf[sdk.CreateMode](q.script, 0, 0, 0, 1, 2),
		}
	case x < 60:
		return sdk.Op{Kind: sdk.OpSetData, Path: path, Data: q.value(path), Version: sdk.AnyVersion}
	case x < 80:
		return sdk.Op{Kind: sdk.OpDelete, Path: path, Version: sdk.AnyVersion}
	case x < 90:
		return sdk.Op{Kind: sdk.OpSetData, Path: q.limits, Data: q.text(), Version: sdk.AnyVersion}
	}
	return sdk.Op{Kind: sdk.OpGetData, Path: oneOf(q.script, q.stats, q.limits)}
}

// node lies below the limits, one or two levels deep, or beside them.
func (q *quotas) node() string {
	name := oneOf(q.script, "/a", "/b", "/c", "/d")
	return oneOf(q.script, q.governed, q.governed, q.governed, q.governed+"/a", q.root) + name
}

// value never shrinks what is there: see differences.
func (q *quotas) value(path string) []byte {
	q.longest[path] = max(q.longest[path], q.IntN(40))
	return make([]byte, q.longest[path])
}
