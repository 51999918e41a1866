package tree

import "github.com/grove-coordination/grove/sdk"

// node is one znode, all but what is of variable size and what few nodes have. There may be millions: it holds no
// pointer, so that the collector need not look at it. Mind the size: 72 bytes.
type node struct {
	czxid    int64
	mzxid    int64
	ctime    int64
	mtime    int64
	version  int32
	aversion int32
	acl      number // in aclTable
	parent   number // of the root: itself
	prev     number // among the children of its parent
	next     number
	family   number // 0 if it never had a child
	owner    number // of an ephemeral: in ownerTable, else 0
	record   address
}

// view is a node together with what stands elsewhere, as it is at one moment. It may be kept.
type view struct {
	node
	name      string
	data      []byte
	acl       *aclList
	owner     int64
	creations int64
	pzxid     int64
	children  int64
}

// view gathers what there is of a node.
func (t *Tree) view(at number) view {
	n := t.nodes.at(at)
	v := view{node: *n, acl: t.acls.at(n.acl), owner: t.owners.session(n.owner), pzxid: n.czxid}
	v.name, v.data = t.records.at(n.record)
	if n.family != 0 {
		f := t.families.at(n.family)
		v.creations, v.pzxid, v.children = f.creations, f.pzxid, f.children
	}
	return v
}

// stat is what clients are told of the node.
func (v *view) stat() sdk.Stat {
	return sdk.Stat{
		Czxid:          v.czxid,
		Mzxid:          v.mzxid,
		Ctime:          v.ctime,
		Mtime:          v.mtime,
		Version:        v.version,
		Cversion:       int32(2*v.creations - v.children),
		Aversion:       v.aversion,
		EphemeralOwner: v.owner,
		DataLength:     int32(len(v.data)),
		NumChildren:    int32(v.children),
		Pzxid:          v.pzxid,
	}
}

// stat is what clients are told of the node.
func (t *Tree) stat(at number) sdk.Stat {
	v := t.view(at)
	return v.stat()
}

// entries is the ACL of a node, shared.
func (t *Tree) entries(n *node) []sdk.ACL { return t.acls.at(n.acl).entries }

// data is that of a node, shared.
func (t *Tree) data(n *node) []byte {
	_, data := t.records.at(n.record)
	return data
}

// held is the version of its data that a node holds.
func (t *Tree) held(n *node) Version {
	return Version{Stamp: Stamp{Zxid: n.mzxid, Time: n.mtime}, Number: n.version, Data: t.data(n)}
}

// name is that of a node, shared.
func (t *Tree) name(n *node) string { return t.records.name(n.record) }

// path is where a node stands. It is written from its end, in one piece: a node may stand very deep.
func (t *Tree) path(at number) string {
	if at == t.root {
		return rootPath
	}
	length := 0
	for n := t.nodes.at(at); n != t.nodes.at(t.root); n = t.nodes.at(n.parent) {
		length += 1 + len(t.name(n))
	}
	path := make([]byte, length)
	for n := t.nodes.at(at); length > 0; n = t.nodes.at(n.parent) {
		name := t.name(n)
		copy(path[length-len(name):], name)
		length -= 1 + len(name)
		path[length] = '/'
	}
	return string(path)
}

// next is the version after v: it wraps around at the end of 32 bits and leaves out -1, which means any version.
func next(v int32) int32 {
	if v++; v == sdk.AnyVersion {
		return 0
	}
	return v
}

// matches reports whether a write that expects some version may change a node that has this one.
func matches(expected, version int32) bool {
	return expected == sdk.AnyVersion || expected == version
}
