package tree

import (
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// create makes a node. Clients observe the order of the checks.
func (w *write) create(op *sdk.Op) (sdk.Result, sdk.Code) {
	if code := w.checkMode(op); code != sdk.OK {
		return sdk.Result{}, code
	}
	above, _, ok := cut(op.Path)
	if !ok {
		return sdk.Result{}, sdk.CodeBadArguments
	}
	acl, ok := resolveACL(op.ACL, w.who.Identities)
	if !ok {
		return sdk.Result{}, sdk.CodeInvalidACL
	}
	parent := w.tree.find(above)
	if parent == 0 {
		return sdk.Result{}, sdk.CodeNoNode
	}
	path, code := w.place(parent, op)
	if code != sdk.OK {
		return sdk.Result{}, code
	}
	at := w.make(parent, path, op, acl)
	return sdk.Result{Path: path, Stat: w.tree.stat(at)}, sdk.OK
}

// checkMode knows the modes, that only createTTL makes nodes with a time to live and no others, and that an ephemeral needs
// a session to end with.
func (w *write) checkMode(op *sdk.Op) sdk.Code {
	switch ttl := op.Kind == sdk.OpCreateTTL; {
	case op.Mode < 0 || op.Mode > sdk.ModeTTLSequential:
		return sdk.CodeBadArguments
	case ttl != op.Mode.TTL():
		return sdk.CodeBadArguments
	case ttl && (op.TTL < 1 || op.TTL > maxTTL):
		return sdk.CodeBadArguments
	case ephemeral(op) && w.who.Session == 0:
		return sdk.CodeSessionExpired
	}
	return sdk.OK
}

// ephemeral reports whether the op makes an ephemeral. What createContainer makes is a container whatever its mode says,
// which counts for the name alone.
func ephemeral(op *sdk.Op) bool { return op.Mode.Ephemeral() && op.Kind != sdk.OpCreateContainer }

// place finds out under which path the node may stand below its parent.
func (w *write) place(at number, op *sdk.Op) (path string, code sdk.Code) {
	parent := w.tree.nodes.at(at)
	if !w.may(parent, sdk.PermCreate) {
		return "", sdk.CodeNoAuth
	}
	path = op.Path
	if op.Mode.Sequential() {
		path = fmt.Sprintf("%s%010d", path, w.tree.creations(parent))
	}
	if sdk.ValidatePath(path) != nil {
		return "", sdk.CodeBadArguments
	}
	if _, name := sdk.SplitPath(path); path == rootPath || w.tree.child(at, name) != 0 {
		return "", sdk.CodeNodeExists
	}
	if parent.owner != 0 {
		return "", sdk.CodeNoChildrenForEphemerals
	}
	if !w.affords(path, amount{1, int64(len(op.Data))}) {
		return "", sdk.CodeQuotaExceeded
	}
	return path, sdk.OK
}

// make creates the node at a path where it may stand.
func (w *write) make(parent number, path string, op *sdk.Op, acl []sdk.ACL) number {
	t, owner := w.tree, number(0)
	if ephemeral(op) {
		owner = t.owners.acquire(w.who.Session)
	}
	_, name := sdk.SplitPath(path)
	at := t.make(parent, name, op.Data, t.acls.acquire(acl), owner)
	n := t.nodes.at(at)
	n.czxid, n.mzxid, n.ctime, n.mtime = w.at.Zxid, w.at.Zxid, w.at.Time, w.at.Time
	family := t.household(t.nodes.at(parent))
	w.note(undo{kind: sdk.Created, path: path, node: at, pzxid: family.pzxid})
	t.link(at, path, false)
	if l, ok := leaseOf(op); ok {
		t.leases.give(at, l)
	}
	family.creations++
	family.pzxid = w.at.Zxid
	w.tell(sdk.Change{Kind: sdk.Created, Path: path, Data: t.data(n)}, n, Version{})
	return at
}
