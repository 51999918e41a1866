package tree

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Write applies one create of any kind, delete, setData, setACL or multi, all or nothing, and appends what it did to dst, in
// order. When the code is not OK, or a multi failed, the tree is as it was and nothing is appended. A multi that failed
// has code OK and says so in Result.Multi, as on the wire; one that holds an op no multi may hold gets
// CodeMarshallingError. Any other kind gets CodeUnimplemented.
//
// Nothing of op and who is kept: names, data and ACLs are copied, so that a node does not hold the log entry it came in.
// The path in results and effects may share memory with op. That the session of an ephemeral lives is the caller's to check.
func (t *Tree) Write(at Stamp, who Actor, op *sdk.Op, dst []Effect) (sdk.Result, sdk.Code, []Effect) {
	w := write{tree: t, at: at, who: who, effects: dst, told: len(dst)}
	var result sdk.Result
	var code sdk.Code
	switch op.Kind {
	case sdk.OpMulti:
		result, code = w.multi(op.Ops)
	case sdk.OpCheck:
		code = sdk.CodeUnimplemented
	default:
		result, code = w.apply(op)
	}
	w.settle()
	return result, code, w.effects
}

// write is one transaction under way. Each op first finds out whether it may go on and only then changes anything, so
// that a journal is needed only where ops stand together.
type write struct {
	tree    *Tree
	at      Stamp
	who     Actor
	effects []Effect
	told    int   // effects of earlier transactions
	passed  int64 // limits that it may go beyond, and does
	keep    bool  // the journal is kept: this is a multi
	journal []undo
}

// apply does one op that is not a multi.
func (w *write) apply(op *sdk.Op) (sdk.Result, sdk.Code) {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL:
		return w.create(op)
	case sdk.OpDelete:
		return sdk.Result{}, w.delete(op)
	case sdk.OpSetData:
		return w.setData(op)
	case sdk.OpSetACL:
		return w.setACL(op)
	case sdk.OpCheck:
		return sdk.Result{}, w.check(op)
	}
	return sdk.Result{}, sdk.CodeUnimplemented
}

// may reports whether the writer has the permission on n.
func (w *write) may(n *node, perm sdk.Perm) bool {
	return Permits(w.tree.entries(n), w.who.Identities, perm)
}

// tell appends an effect. The change comes without what is the same for every kind.
func (w *write) tell(change sdk.Change, n *node, before Version) {
	t := w.tree
	change.Owner = t.owners.session(n.owner)
	w.effects = append(w.effects, Effect{
		Change: change, ACL: t.entries(n), ParentACL: t.entries(t.nodes.at(n.parent)), Before: before,
	})
}

// cut splits a path that is to be created or deleted at its last slash, asking no more of it than that there is one and
// no NUL: whether the parent is there is told before whether the path is valid.
func cut(path string) (parent, name string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	if slash < 0 || strings.IndexByte(path, 0) >= 0 {
		return "", "", false
	}
	return path[:slash], path[slash+1:], true
}
