package tree

import (
	"bytes"

	"github.com/grove-coordination/grove/sdk"
)

// setData replaces the data of a node; the same data counts as well.
func (w *write) setData(op *sdk.Op) (sdk.Result, sdk.Code) {
	n, code := w.target(op.Path, sdk.PermWrite)
	if code != sdk.OK {
		return sdk.Result{}, code
	}
	if !w.tree.affords(op.Path, amount{0, int64(len(op.Data) - len(n.data))}) {
		return sdk.Result{}, sdk.CodeQuotaExceeded
	}
	if !matches(op.Version, n.version) {
		return sdk.Result{}, sdk.CodeBadVersion
	}
	w.note(undo{kind: sdk.Changed, node: n, before: *n})
	w.tree.setData(n, bytes.Clone(op.Data))
	n.version = next(n.version)
	n.mzxid, n.mtime = w.at.Zxid, w.at.Time
	w.tell(sdk.Change{Kind: sdk.Changed, Path: op.Path, Data: n.data, Version: n.version}, n)
	return sdk.Result{Stat: n.stat()}, sdk.OK
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
	n, code := w.target(op.Path, sdk.PermAdmin)
	if code != sdk.OK {
		return sdk.Result{}, code
	}
	if !matches(op.Version, n.aversion) {
		return sdk.Result{}, sdk.CodeBadVersion
	}
	w.tree.touch(n)
	old := n.acl
	n.acl = w.tree.acls.intern(acl)
	w.tree.acls.acquire(n.acl)
	w.tree.acls.release(old)
	n.aversion = next(n.aversion)
	w.tell(sdk.Change{Kind: sdk.ACLChanged, Path: op.Path, Version: n.aversion}, n)
	return sdk.Result{Stat: n.stat()}, sdk.OK
}

// check compares the version of a node and changes nothing.
func (w *write) check(op *sdk.Op) sdk.Code {
	n, code := w.target(op.Path, sdk.PermRead)
	if code == sdk.OK && !matches(op.Version, n.version) {
		return sdk.CodeBadVersion
	}
	return code
}

// target finds the node that an op works on and whose permission it needs.
func (w *write) target(path string, perm sdk.Perm) (*node, sdk.Code) {
	if sdk.ValidatePath(path) != nil {
		return nil, sdk.CodeBadArguments
	}
	n := w.tree.find(path)
	switch {
	case n == nil:
		return nil, sdk.CodeNoNode
	case !w.may(n, perm):
		return nil, sdk.CodeNoAuth
	}
	return n, sdk.OK
}
