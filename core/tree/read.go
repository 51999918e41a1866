package tree

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Read answers exists, getData, getACL, getChildren or getChildren2 for a reader with these identities; any other kind gets
// CodeUnimplemented. Paths are not validated: a bad one has no node, save that "" is the root, and that exists refuses
// a NUL. It does not allocate for exists and getData.
func (t *Tree) Read(who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	perm := readPerm(op.Kind)
	if perm == 0 {
		return sdk.Result{}, sdk.CodeUnimplemented
	}
	if op.Kind == sdk.OpExists && strings.IndexByte(op.Path, 0) >= 0 {
		return sdk.Result{}, sdk.CodeBadArguments
	}
	n, _ := t.find(op.Path)
	if n == nil {
		return sdk.Result{}, sdk.CodeNoNode
	}
	if !Permits(n.acl.entries, who, perm) {
		return sdk.Result{}, sdk.CodeNoAuth
	}
	return answer(n, who, op.Kind), sdk.OK
}

// readPerm is what a reader needs, any of several bits; 0 for what is no read.
func readPerm(kind sdk.OpKind) sdk.Perm {
	switch kind {
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2:
		return sdk.PermRead
	case sdk.OpGetACL:
		return sdk.PermRead | sdk.PermAdmin
	}
	return 0
}

func answer(n *node, who []sdk.Identity, kind sdk.OpKind) sdk.Result {
	result := sdk.Result{Stat: n.stat()}
	switch kind {
	case sdk.OpGetData:
		result.Data = n.data
	case sdk.OpGetChildren, sdk.OpGetChildren2:
		result.Children = n.names()
	case sdk.OpGetACL:
		result.ACL = n.acl.entries
		if !Permits(n.acl.entries, who, sdk.PermAdmin) {
			result.ACL = masked(n.acl.entries)
		}
	}
	return result
}

// Stat is the stat of the node at path, if there is one, without asking for permission.
func (t *Tree) Stat(path string) (sdk.Stat, bool) {
	n, _ := t.find(path)
	if n == nil {
		return sdk.Stat{}, false
	}
	return n.stat(), true
}

// Get is all there is of the node at path, if there is one, without asking for permission. Data and ACL are shared.
func (t *Tree) Get(path string) (data []byte, acl []sdk.ACL, stat sdk.Stat, ok bool) {
	n, _ := t.find(path)
	if n == nil {
		return nil, nil, sdk.Stat{}, false
	}
	return n.data, n.acl.entries, n.stat(), true
}

// Children lists the names of the node's children in ascending order, without asking for permission. It is nil when there
// is no node, and not nil but empty when there is one without children.
func (t *Tree) Children(path string) []string {
	n, _ := t.find(path)
	if n == nil {
		return nil
	}
	return n.names()
}
