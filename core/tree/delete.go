package tree

import "github.com/grove-coordination/grove/sdk"

// delete removes a node that has no children. The permission is asked of its parent, before the node itself is looked
// for. Clients observe the order of the checks.
func (w *write) delete(op *sdk.Op) sdk.Code {
	above, _, ok := cut(op.Path)
	if !ok || reserved(op.Path) {
		return sdk.CodeBadArguments
	}
	parent := w.tree.find(above)
	if parent == nil {
		return sdk.CodeNoNode
	}
	if !w.may(parent, sdk.PermDelete) {
		return sdk.CodeNoAuth
	}
	n := w.tree.find(op.Path)
	switch {
	case n == nil:
		return sdk.CodeNoNode
	case !matches(op.Version, n.version):
		return sdk.CodeBadVersion
	case n.children() > 0:
		return sdk.CodeNotEmpty
	}
	w.remove(op.Path, n)
	return sdk.OK
}

// remove takes a childless node out of the tree.
func (w *write) remove(path string, n *node) {
	_, name := sdk.SplitPath(path)
	w.note(undo{kind: sdk.Deleted, path: path, node: n, lease: w.tree.leases[n], before: *n.parent})
	w.tree.unlink(path, name, n)
	n.parent.pzxid = w.at.Zxid
	w.tell(sdk.Change{Kind: sdk.Deleted, Path: path, Version: n.version}, n)
}

// reserved reports whether the node belongs to the tree itself and can never be deleted.
func reserved(path string) bool {
	switch path {
	case rootPath, systemPath, configPath, quotaPath:
		return true
	}
	return false
}
