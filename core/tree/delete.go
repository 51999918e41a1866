package tree

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// delete removes a node that has no children. The permission is asked of its parent, before the node itself is looked
// for. Clients observe the order of the checks.
func (w *write) delete(op *sdk.Op) sdk.Code {
	above, _, ok := cut(op.Path)
	if !ok || reserved(op.Path) {
		return sdk.CodeBadArguments
	}
	parent := w.tree.find(above)
	if parent == 0 {
		return sdk.CodeNoNode
	}
	if !w.may(w.tree.nodes.at(parent), sdk.PermDelete) {
		return sdk.CodeNoAuth
	}
	at := w.tree.find(op.Path)
	if at == 0 {
		return sdk.CodeNoNode
	}
	switch n := w.tree.nodes.at(at); {
	case !matches(op.Version, n.version):
		return sdk.CodeBadVersion
	case w.tree.children(n) > 0:
		return sdk.CodeNotEmpty
	}
	w.remove(op.Path, at)
	return sdk.OK
}

// remove takes a childless node out of the tree.
func (w *write) remove(path string, at number) {
	t, n := w.tree, w.tree.nodes.at(at)
	l, leased := t.leases.of(at)
	family := t.household(t.nodes.at(n.parent))
	w.note(undo{kind: sdk.Deleted, path: path, node: at, lease: l, leased: leased, pzxid: family.pzxid})
	t.unlink(at, path)
	if !w.keep {
		t.limbo = append(t.limbo, at)
	}
	family.pzxid = w.at.Zxid
	w.tell(sdk.Change{Kind: sdk.Deleted, Path: path, Version: n.version}, n, t.held(n))
}

// reserved reports whether the node belongs to the tree itself and can never be deleted.
func reserved(path string) bool { return slices.Contains(reservedPaths, path) }
