package tree

import (
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Stamp is the zxid of a transaction and its time, milliseconds since the Unix epoch.
type Stamp struct{ Zxid, Time int64 }

// Actor is who writes: the session, 0 for the server itself, and what it has proved to be.
type Actor struct {
	Session    int64
	Identities []sdk.Identity
}

// Effect is what a transaction did to one node, with the ACL of that node (its last one when it was deleted) and of its
// parent (of "/" itself when that is the node), by which events are filtered. The lists are shared and must not be
// changed. Path may share memory with the op that had the effect.
type Effect struct {
	sdk.Change
	ACL       []sdk.ACL
	ParentACL []sdk.ACL
}

// Tree is the znode tree. See the package comment for what may be called at the same time.
type Tree struct {
	root       *node
	count      int64 // nodes, root included
	acls       aclTable
	ephemerals map[int64]map[string]struct{} // paths of the ephemerals of each session that has any
	leases     map[*node]lease               // of containers and nodes with a time to live
	quotas     map[string]quota              // by the path they are on: what the limits nodes say
	overSoft   int64
	images     []*Image // captured and not released
}

// The nodes every tree is born with; they cannot be deleted.
const (
	rootPath   = "/"
	systemPath = "/zookeeper"
	configPath = "/zookeeper/config"
	quotaPath  = "/zookeeper/quota"
)

// New is a tree as a fresh server has it: "/", "/zookeeper", "/zookeeper/config" (which everyone may read and nobody but
// super may change) and "/zookeeper/quota". Nobody created them: they count in no counter.
func New() *Tree {
	t := empty()
	open := t.acls.intern(sdk.OpenACL())
	readable := t.acls.intern([]sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Anyone}})
	system := &node{acl: open}
	t.setRoot(&node{acl: open})
	t.link(t.root, systemPath, "zookeeper", system)
	t.link(system, configPath, "config", &node{acl: readable, aversion: -1})
	t.link(system, quotaPath, "quota", &node{acl: open})
	return t
}

// empty is a tree without even a root.
func empty() *Tree {
	return &Tree{
		acls: newACLTable(), ephemerals: map[int64]map[string]struct{}{},
		leases: map[*node]lease{}, quotas: map[string]quota{},
	}
}

func (t *Tree) setRoot(n *node) {
	t.root, n.parent = n, n
	t.count++
	t.acls.acquire(n.acl)
}

// find is the node at path, or nil. Paths are not validated: a bad one finds nothing, and "" finds the root, as in
// ZooKeeper.
func (t *Tree) find(path string) *node {
	if path == "" || path == rootPath {
		return t.root
	}
	if path[0] != '/' {
		return nil
	}
	n := t.root
	for rest, more := path[1:], true; more && n != nil; {
		var name string
		name, rest, more = strings.Cut(rest, "/")
		n = n.child(name)
	}
	return n
}

// link puts n below parent. The name is kept, the path is cloned if it is. It touches no counter or stamp of the parent:
// it is as much a part of creating as of taking a deletion back.
func (t *Tree) link(parent *node, path, name string, n *node) {
	t.arriving(parent, name, n)
	t.attach(parent, path, name, n)
	n.grow(1, int64(len(n.data)))
}

// attach is link without the counts above, for one who counts by himself.
func (t *Tree) attach(parent *node, path, name string, n *node) {
	parent.adopt(name, n)
	t.count++
	t.acls.acquire(n.acl)
	if n.owner != 0 {
		t.own(n.owner, path)
	}
}

// unlink is the opposite of link, of a node without children, and ends its lease. The node keeps everything else it has, so
// that it can be linked again.
func (t *Tree) unlink(path, name string, n *node) {
	t.leaving(name, n)
	n.grow(-1, -int64(len(n.data)))
	n.parent.disinherit(name)
	delete(t.leases, n)
	t.count--
	t.acls.release(n.acl)
	if n.owner != 0 {
		t.disown(n.owner, path)
	}
}

// setData gives the node other data, which is kept. What else changes with it must change after it.
func (t *Tree) setData(n *node, data []byte) {
	t.touch(n)
	n.grow(0, int64(len(data))-int64(len(n.data)))
	n.data = data
}

// Len is the number of nodes, root included.
func (t *Tree) Len() int64 { return t.count }
