package tree

import (
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// multi does all ops or none. Each sees what those before it did.
func (w *write) multi(ops []sdk.Op) (sdk.Result, sdk.Code) {
	for i := range ops {
		if !inMulti(ops[i].Kind) {
			return sdk.Result{}, sdk.CodeMarshallingError
		}
	}
	w.keep = true
	results := make([]sdk.OpResult, len(ops))
	for i := range ops {
		result, code := w.apply(&ops[i])
		if code != sdk.OK {
			w.rollBack()
			clear(w.effects[w.told:])
			w.effects = w.effects[:w.told]
			fail(results, i, code)
			break
		}
		results[i] = outcome(ops[i].Kind, result)
	}
	return sdk.Result{Multi: results}, sdk.OK
}

// inMulti reports whether an op of this kind may stand in a multi.
func inMulti(kind sdk.OpKind) bool {
	switch kind {
	case sdk.OpCreate, sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL, sdk.OpDelete, sdk.OpSetData, sdk.OpCheck:
		return true
	}
	return false
}

// outcome is the result of one op that succeeded. A create2 answers as a create, and what makes containers and nodes with a
// time to live as a create2: ZooKeeper's servers do that in a multi.
func outcome(kind sdk.OpKind, result sdk.Result) sdk.OpResult {
	switch kind {
	case sdk.OpCreate2:
		kind = sdk.OpCreate
	case sdk.OpCreateContainer, sdk.OpCreateTTL:
		kind = sdk.OpCreate2
	}
	return sdk.OpResult{Kind: kind, Path: result.Path, Stat: result.Stat}
}

// fail turns the results of a multi into those of one whose op at index at failed.
func fail(results []sdk.OpResult, at int, code sdk.Code) {
	for i := range results {
		results[i] = sdk.OpResult{Kind: sdk.OpError, Code: sdk.CodeRuntimeInconsistency}
	}
	for i := range at {
		results[i].Code = sdk.OK
	}
	results[at].Code = code
}

// undo is what it takes to take one change back.
type undo struct {
	kind   sdk.ChangeKind
	path   string // created, deleted
	node   *node
	lease  lease // deleted: with an empty path when there was none
	before node  // created, deleted: what the parent was; changed: what the node was
}

// note enters into the journal what is about to be changed, if one is kept.
func (w *write) note(u undo) {
	if w.keep {
		w.journal = append(w.journal, u)
	}
}

// rollBack takes everything in the journal back, the latest first.
func (w *write) rollBack() {
	for _, u := range slices.Backward(w.journal) {
		_, name := sdk.SplitPath(u.path)
		n, parent := u.node, u.node.parent
		switch u.kind {
		case sdk.Created:
			w.tree.unlink(u.path, name, n)
			parent.creations, parent.pzxid = u.before.creations, u.before.pzxid
		case sdk.Deleted:
			w.tree.link(parent, u.path, strings.Clone(name), n)
			if u.lease.path != "" {
				w.tree.leases[n] = u.lease
			}
			parent.pzxid = u.before.pzxid
		case sdk.Changed:
			w.tree.setData(n, u.before.data)
			n.version, n.mzxid, n.mtime = u.before.version, u.before.mzxid, u.before.mtime
		}
	}
}
