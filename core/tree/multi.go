package tree

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// multi does all ops or none. Each sees what those before it did.
func (w *write) multi(ops []sdk.Op) (sdk.Result, sdk.Code) {
	for i := range ops {
		if !ops[i].Kind.InMulti() {
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
			return sdk.Result{Multi: results}, sdk.OK
		}
		results[i] = outcome(ops[i].Kind, result)
	}
	w.commit()
	return sdk.Result{Multi: results}, sdk.OK
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
	node   number
	path   string // created, deleted
	pzxid  int64  // created, deleted: of the parent before
	lease  lease  // deleted: if it was leased
	leased bool
	before node // changed
	data   []byte
}

// note enters into the journal what is about to be changed, if one is kept.
func (w *write) note(u undo) {
	if w.keep {
		w.journal = append(w.journal, u)
	}
}

// commit lets go of what a rollback would have wanted.
func (w *write) commit() {
	for i := range w.journal {
		if u := &w.journal[i]; u.kind == sdk.Deleted {
			w.tree.limbo = append(w.tree.limbo, u.node)
		}
	}
}

// rollBack takes everything in the journal back, the latest first.
func (w *write) rollBack() {
	t := w.tree
	for _, u := range slices.Backward(w.journal) {
		n := t.nodes.at(u.node)
		switch u.kind {
		case sdk.Created:
			t.unlink(u.node, u.path)
			t.limbo = append(t.limbo, u.node)
			family := t.household(t.nodes.at(n.parent))
			family.creations, family.pzxid = family.creations-1, u.pzxid
		case sdk.Deleted:
			t.link(u.node, u.path, true)
			if u.leased {
				t.leases.give(u.node, u.lease)
			}
			t.household(t.nodes.at(n.parent)).pzxid = u.pzxid
		case sdk.Changed:
			t.setData(u.node, u.data)
			n.version, n.mzxid, n.mtime = u.before.version, u.before.mzxid, u.before.mtime
		}
	}
	t.bury(len(w.journal))
}
