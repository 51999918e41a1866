package tree

import "github.com/grove-coordination/grove/sdk"

// setData replaces the data of a node; the same data counts as well.
func (w *write) setData(op *sdk.Op) (sdk.Result, sdk.Code) {
	at, code := w.target(op.Path, sdk.PermWrite)
	if code != sdk.OK {
		return sdk.Result{}, code
	}
	t, n := w.tree, w.tree.nodes.at(at)
	old := t.held(n)
	if !w.affords(op.Path, amount{0, int64(len(op.Data) - len(old.Data))}) {
		return sdk.Result{}, sdk.CodeQuotaExceeded
	}
	if !matches(op.Version, n.version) {
		return sdk.Result{}, sdk.CodeBadVersion
	}
	w.note(undo{kind: sdk.Changed, node: at, before: *n, data: old.Data})
	t.setData(at, op.Data)
	n.version = next(n.version)
	n.mzxid, n.mtime = w.at.Zxid, w.at.Time
	w.tell(sdk.Change{Kind: sdk.Changed, Path: op.Path, Data: t.data(n), Version: n.version}, n, old)
	return sdk.Result{Stat: t.stat(at)}, sdk.OK
}

// setACL replaces the ACL of a node, and moves no stamp. A multi may not hold it, so there is nothing to take back.
func (w *write) setACL(op *sdk.Op) (sdk.Result, sdk.Code) {
	if sdk.ValidatePath(op.Path) != nil {
		return sdk.Result{}, sdk.CodeBadArguments
	}
	acl, ok := resolveACL(op.ACL, w.who.Identities)
	if !ok {
		return sdk.Result{}, sdk.CodeInvalidACL
	}
	at, code := w.target(op.Path, sdk.PermAdmin)
	if code != sdk.OK {
		return sdk.Result{}, code
	}
	t, n := w.tree, w.tree.nodes.at(at)
	if !matches(op.Version, n.aversion) {
		return sdk.Result{}, sdk.CodeBadVersion
	}
	t.layers.touch(t, at)
	old := n.acl
	n.acl = t.acls.acquire(acl)
	t.acls.release(old)
	n.aversion = next(n.aversion)
	w.tell(sdk.Change{Kind: sdk.ACLChanged, Path: op.Path, Version: n.aversion}, n, t.held(n))
	return sdk.Result{Stat: t.stat(at)}, sdk.OK
}

// check compares the version of a node and changes nothing.
func (w *write) check(op *sdk.Op) sdk.Code {
	at, code := w.target(op.Path, sdk.PermRead)
	if code == sdk.OK && !matches(op.Version, w.tree.nodes.at(at).version) {
		return sdk.CodeBadVersion
	}
	return code
}

// target finds the node that an op works on and whose permission it needs.
func (w *write) target(path string, perm sdk.Perm) (number, sdk.Code) {
	if sdk.ValidatePath(path) != nil {
		return 0, sdk.CodeBadArguments
	}
	at := w.tree.find(path)
	switch {
	case at == 0:
		return 0, sdk.CodeNoNode
	case !w.may(w.tree.nodes.at(at), perm):
		return 0, sdk.CodeNoAuth
	}
	return at, sdk.OK
}
