package tree

import (
	"math"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Read answers exists, getData, getACL, getChildren, getChildren2, getAllChildrenNumber or multiRead for a reader with
// these identities; any other kind gets CodeUnimplemented, getEphemerals too: see [Tree.EphemeralsBelow]. Paths are not
// validated: a bad one has no node, save that "" is the root, and that exists refuses a NUL. It does not allocate for
// exists and getData, nor for a list of children that was asked for since it last changed.
func (t *Tree) Read(who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	if op.Kind == sdk.OpMultiRead {
		return t.multiRead(who, op.Ops)
	}
	return t.read(who, op)
}

// maxMultiRead bounds what a multiRead gives, in bytes of data and names: a request of one frame could ask for the largest
// node 40,000 times. No client takes a reply that long: theirs is the limit of a frame, a megabyte or a few.
const maxMultiRead = 64 << 20

// multiRead answers getData and getChildren, each for itself; one that fails stands as an error among the others. What would
// give more than maxMultiRead is refused as what cannot be written down.
func (t *Tree) multiRead(who []sdk.Identity, ops []sdk.Op) (sdk.Result, sdk.Code) {
	for i := range ops {
		if kind := ops[i].Kind; kind != sdk.OpGetData && kind != sdk.OpGetChildren {
			return sdk.Result{}, sdk.CodeMarshallingError
		}
	}
	results := make([]sdk.OpResult, len(ops))
	size := 0
	for i := range ops {
		r, code := t.read(who, &ops[i])
		if size += sizeOf(&r); size > maxMultiRead {
			return sdk.Result{}, sdk.CodeMarshallingError
		}
		results[i] = sdk.OpResult{Kind: ops[i].Kind, Stat: r.Stat, Data: r.Data, Children: r.Children}
		if code != sdk.OK {
			results[i] = sdk.OpResult{Kind: sdk.OpError, Code: code}
		}
	}
	return sdk.Result{Multi: results}, sdk.OK
}

// sizeOf is how long data and names are with their lengths before them, or at least too long for a multiRead.
func sizeOf(r *sdk.Result) int {
	size := 4 + len(r.Data)
	for _, name := range r.Children {
		if size += 4 + len(name); size > maxMultiRead {
			break
		}
	}
	return size
}

// read is Read of one op.
func (t *Tree) read(who []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	perm := readPerm(op.Kind)
	if perm == 0 {
		return sdk.Result{}, sdk.CodeUnimplemented
	}
	if op.Kind == sdk.OpExists && strings.IndexByte(op.Path, 0) >= 0 {
		return sdk.Result{}, sdk.CodeBadArguments
	}
	at := t.find(op.Path)
	if at == 0 {
		return sdk.Result{}, sdk.CodeNoNode
	}
	if !Permits(t.entries(t.nodes.at(at)), who, perm) {
		return sdk.Result{}, sdk.CodeNoAuth
	}
	return t.answer(at, who, op.Kind), sdk.OK
}

// readPerm is what a reader needs, any of several bits; 0 for what is no read.
func readPerm(kind sdk.OpKind) sdk.Perm {
	switch kind {
	case sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren, sdk.OpGetChildren2, sdk.OpGetAllChildrenNumber:
		return sdk.PermRead
	case sdk.OpGetACL:
		return sdk.PermRead | sdk.PermAdmin
	}
	return 0
}

func (t *Tree) answer(at number, who []sdk.Identity, kind sdk.OpKind) sdk.Result {
	v := t.view(at)
	result := sdk.Result{Stat: v.stat()}
	switch kind {
	case sdk.OpGetData:
		result.Data = v.data
	case sdk.OpGetChildren, sdk.OpGetChildren2:
		result.Children = t.names(t.nodes.at(at))
	case sdk.OpGetAllChildrenNumber:
		nodes, _ := t.extent(t.nodes.at(at))
		result.Count = int32(min(nodes-1, math.MaxInt32))
	case sdk.OpGetACL:
		result.ACL = v.acl.entries
		if !Permits(v.acl.entries, who, sdk.PermAdmin) {
			result.ACL = masked(v.acl.entries)
		}
	}
	return result
}

// Stat is the stat of the node at path, if there is one, without asking for permission.
func (t *Tree) Stat(path string) (sdk.Stat, bool) {
	at := t.find(path)
	if at == 0 {
		return sdk.Stat{}, false
	}
	return t.stat(at), true
}

// Get is all there is of the node at path, if there is one, without asking for permission. Data and ACL are shared.
func (t *Tree) Get(path string) (data []byte, acl []sdk.ACL, stat sdk.Stat, ok bool) {
	at := t.find(path)
	if at == 0 {
		return nil, nil, sdk.Stat{}, false
	}
	v := t.view(at)
	return v.data, v.acl.entries, v.stat(), true
}

// Extent is how many nodes there are at path and below it, and how many bytes of data they have, without asking for
// permission; nothing when there is no node. It costs no more than Stat, however much there is.
func (t *Tree) Extent(path string) (nodes, bytes int64) {
	at := t.find(path)
	if at == 0 {
		return 0, 0
	}
	return t.extent(t.nodes.at(at))
}

// Children lists the names of the node's children in ascending order, without asking for permission. It is nil when there
// is no node, and not nil but empty when there is one without children. The list is shared and must not be changed.
func (t *Tree) Children(path string) []string {
	at := t.find(path)
	if at == 0 {
		return nil
	}
	return t.names(t.nodes.at(at))
}
