package admit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// maxReads is how many nodes, and lists of children, the verdict of one rule on one write may rest on, maxPaths how
// long their paths may be together: they travel with the write.
const (
	maxReads = 64
	maxPaths = 64 << 10
)

var _ sdk.Tree = (*view)(nil)

// view is what one rule's module reads of the tree for one write, and the guards that this makes. Each read is of the
// newest state here; that all of them hold at once is what the guards are for. It ends with the call.
type view struct {
	nodes  Nodes
	guards []txn.Guard
	bytes  int   // of the guards' paths
	err    error // why the verdict does not count
}

// Get implements sdk.Tree. Of the stat it tells what a guard covers.
func (v *view) Get(path string) sdk.Node {
	node := v.nodes.Get(path)
	guard := txn.Guard{Kind: txn.GuardAbsent, Path: path}
	if node.Present {
		guard.Kind, guard.Zxid = txn.GuardNode, node.Stat.Mzxid
	}
	if !v.keep(guard) {
		return sdk.Node{}
	}
	node.Stat.Cversion, node.Stat.Aversion, node.Stat.NumChildren, node.Stat.Pzxid = 0, 0, 0, 0
	return node
}

// Children implements sdk.Tree.
func (v *view) Children(path string) []string {
	names, pzxid := v.nodes.Children(path)
	guard := txn.Guard{Kind: txn.GuardAbsent, Path: path}
	if names != nil {
		guard.Kind, guard.Zxid = txn.GuardChildren, pzxid
	}
	if !v.keep(guard) {
		return nil
	}
	return names
}

// keep remembers what was read; the same twice is one.
func (v *view) keep(guard txn.Guard) bool {
	switch {
	case slices.Contains(v.guards, guard):
		return true
	case len(v.guards) == maxReads || v.bytes+len(guard.Path) > maxPaths:
		v.err = fmt.Errorf("it reads more than %d nodes, or %d bytes of paths", maxReads, maxPaths)
		return false
	}
	v.bytes += len(guard.Path)
	v.guards = append(v.guards, guard)
	return true
}

// show gives the write what the rule lets its module see. at says where in op the operations of the write stand.
func (v *view) show(reads Reads, write *sdk.Write, op *sdk.Op, at []int) {
	for i, place := range at {
		var before []sdk.Op
		if write.Multi {
			before = op.Ops[:place]
		}
		old := v.old(before, &write.Ops[i])
		write.Ops[i].Old = &old
	}
	if reads == ReadsTree {
		write.Tree = v
	}
}

// old is the node that an operation meets, after those before it in its multi.
func (v *view) old(before []sdk.Op, op *sdk.WriteOp) sdk.Node {
	if op.Mode.Sequential() {
		return sdk.Node{} // its name is a new one, and its parent's counter no business of anybody's
	}
	node := v.Get(op.Path)
	for i := range before {
		switch {
		case before[i].Mode.Sequential():
			if mayMake(before[i].Path, op.Path) {
				v.err = errors.New("the write may meet what a sequential create before it makes")
			}
		case before[i].Path == op.Path:
			node = after(node, &before[i])
		}
	}
	return node
}

// mayMake reports whether a sequential create of one path can make the other.
func mayMake(sequential, path string) bool {
	digits, ok := strings.CutPrefix(path, sequential)
	return ok && len(digits) >= 10 && strings.Trim(digits, "0123456789") == ""
}

// after is what an operation makes of the node it meets. One that fails fails the multi, and then nothing was met.
func after(node sdk.Node, op *sdk.Op) sdk.Node {
	switch kindNames[op.Kind] {
	case "create":
		return sdk.Node{Present: true, Data: op.Data, Stat: sdk.Stat{DataLength: int32(len(op.Data))}}
	case "delete":
		return sdk.Node{}
	case "set":
		node.Data, node.Stat.DataLength = op.Data, int32(len(op.Data))
		node.Stat.Version++
		node.Stat.Mzxid, node.Stat.Mtime = 0, 0
	}
	return node
}

// holds reports whether what was read is still so.
func holds(nodes Nodes, guards []txn.Guard) bool {
	return !slices.ContainsFunc(guards, func(g txn.Guard) bool {
		node := nodes.Get(g.Path)
		switch g.Kind {
		case txn.GuardNode:
			return !node.Present || node.Stat.Mzxid != g.Zxid
		case txn.GuardChildren:
			return !node.Present || node.Stat.Pzxid != g.Zxid
		}
		return node.Present
	})
}
