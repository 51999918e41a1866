package tree

import "github.com/grove-coordination/grove/sdk"

// node is one znode. There may be millions: it does not hold its name, which is the key in its parent's children, it has
// a family only while it has children, and what few nodes have stands elsewhere in the tree. Mind the size class: 112 bytes.
type node struct {
	data      []byte  // replaced, never written into; nil and empty are different values
	family    *family // nil without children
	parent    *node   // of the root: itself
	acl       *aclList
	czxid     int64
	mzxid     int64
	pzxid     int64
	ctime     int64
	mtime     int64
	owner     int64 // session of an ephemeral, else 0
	creations int64 // of children, ever
	version   int32
	aversion  int32
}

// stat is what clients are told of the node.
func (n *node) stat() sdk.Stat {
	return sdk.Stat{
		Czxid:          n.czxid,
		Mzxid:          n.mzxid,
		Ctime:          n.ctime,
		Mtime:          n.mtime,
		Version:        n.version,
		Cversion:       int32(2*n.creations - int64(n.children())),
		Aversion:       n.aversion,
		EphemeralOwner: n.owner,
		DataLength:     int32(len(n.data)),
		NumChildren:    int32(n.children()),
		Pzxid:          n.pzxid,
	}
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
