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
// parent (of "/" itself when that is the node), by which events are filtered, and what the node held before, if it was
// there. The lists and the data are shared and must not be changed. Path may share memory with the op that had the effect.
type Effect struct {
	sdk.Change
	ACL       []sdk.ACL
	ParentACL []sdk.ACL
	Before    Version
}

// Version is the data that a node had, and the transaction that gave it to it.
type Version struct {
	Stamp
	Number int32
	Data   []byte // nil and empty are different values
}

// Tree is the znode tree. See the package comment for what may be called at the same time.
type Tree struct {
	nodes    pages[node]
	families pages[family]
	records  records
	index    index
	acls     aclTable
	owners   ownerTable
	root     number
	count    int64            // nodes, root included
	text     int64            // bytes of their paths
	leases   leaseTable       // of containers and nodes with a time to live
	quotas   map[string]quota // by the path they are on: what the limits nodes say
	lenient  bool             // hard limits are soft ones
	overSoft int64
	layers   layers   // what images need
	limbo    []number // nodes that are unlinked for good and not let go of yet: an image may want them
}

// The nodes every tree is born with; they cannot be deleted.
const (
	rootPath   = "/"
	systemPath = sdk.ZooKeeperRoot
	configPath = systemPath + "/config"
	quotaPath  = systemPath + "/quota"
)

// reservedPaths are all of them.
var reservedPaths = []string{rootPath, systemPath, configPath, quotaPath}

// New is a tree as a fresh server has it: "/", "/zookeeper", "/zookeeper/config" (which everyone may read and nobody but
// super may change) and "/zookeeper/quota", all of them with empty data. Nobody created them: they count in no counter.
func New() *Tree {
	t := empty()
	t.born(0, rootPath, "", sdk.OpenACL())
	system := t.born(t.root, systemPath, "zookeeper", sdk.OpenACL())
	readable := []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Anyone}}
	t.nodes.at(t.born(system, configPath, "config", readable)).aversion = -1
	t.born(system, quotaPath, "quota", sdk.OpenACL())
	return t
}

// empty is a tree without even a root.
func empty() *Tree {
	return &Tree{
		acls: newACLTable(), index: newIndex(), owners: ownerTable{byID: map[int64]number{}},
		leases: leaseTable{byNode: map[number]number{}}, quotas: map[string]quota{},
	}
}

// born makes one of the nodes that every tree has.
func (t *Tree) born(parent number, path, name string, acl []sdk.ACL) number {
	at := t.make(parent, name, []byte{}, t.acls.acquire(acl), 0)
	if parent == 0 {
		t.enthrone(at)
	} else {
		t.link(at, path, false)
	}
	return at
}

// make is a node that is not linked yet. Of the ACL and the owner, it takes over what was acquired.
func (t *Tree) make(parent number, name string, data []byte, acl, owner number) number {
	at := t.nodes.put()
	*t.nodes.at(at) = node{parent: parent, acl: acl, owner: owner, record: t.add(at, name, data)}
	return at
}

// enthrone makes a node the root.
func (t *Tree) enthrone(at number) {
	t.root, t.nodes.at(at).parent = at, at
	t.count++
	t.text += int64(len(rootPath))
}

// find is the node at path, or 0. Paths are not validated: a bad one finds nothing, and "" finds the root, as in
// ZooKeeper.
func (t *Tree) find(path string) number {
	if path == "" || path == rootPath {
		return t.root
	}
	if path[0] != '/' {
		return 0
	}
	at := t.root
	for rest, more := path[1:], true; more && at != 0; {
		var name string
		name, rest, more = strings.Cut(rest, "/")
		at = t.child(at, name)
	}
	return at
}

// link puts a node below its parent, or back there. It touches no counter or stamp of the parent: it is as much a part of
// creating as of taking a deletion back.
func (t *Tree) link(at number, path string, back bool) {
	n := t.nodes.at(at)
	t.layers.arriving(t, at, back)
	t.attach(at, int64(len(path)), back)
	t.grow(n, 1, int64(len(t.data(n))))
}

// attach is link, of a node whose path has that length, without the counts above, for one who counts by himself.
func (t *Tree) attach(at number, length int64, back bool) {
	t.adopt(at, back)
	t.count++
	t.text += length
	if n := t.nodes.at(at); n.owner != 0 {
		t.owners.own(n.owner, at)
	}
}

// unlink is the opposite of link, of a node without children, and ends its lease. The node keeps everything else it has, so
// that it can be linked again; when that is out of the question it goes to limbo.
func (t *Tree) unlink(at number, path string) {
	n := t.nodes.at(at)
	t.layers.leaving(t, at)
	t.grow(n, -1, -int64(len(t.data(n))))
	t.disinherit(at)
	t.leases.end(at)
	t.count--
	t.text -= int64(len(path))
	if n.owner != 0 {
		t.owners.disown(n.owner, at)
	}
}

// setData gives the node other data, which is copied. What else changes with it must change after it.
func (t *Tree) setData(at number, data []byte) {
	t.layers.touch(t, at)
	n := t.nodes.at(at)
	name, old := t.records.at(n.record)
	t.grow(n, 0, int64(len(data))-int64(len(old)))
	t.write(at, n, name, data)
}

// buryAtOnce is how many nodes in limbo a write lets go of besides twice what it sends there: a write that comes after the
// last of many images does not pay for all that went meanwhile.
const buryAtOnce = 64

// bury lets go of nodes in limbo, at most limit of them, unless an image still wants them.
func (t *Tree) bury(limit int) {
	if t.layers.oldest != nil {
		return
	}
	for ; limit > 0 && len(t.limbo) > 0; limit-- {
		last := len(t.limbo) - 1
		t.free(t.limbo[last])
		t.limbo = t.limbo[:last]
	}
}

// free lets go of a node and of all it had.
func (t *Tree) free(at number) {
	n := *t.nodes.at(at)
	t.nodes.drop(at)
	t.discard(n.record)
	t.acls.release(n.acl)
	t.owners.release(n.owner)
	if n.family != 0 {
		t.families.drop(n.family)
	}
}

// Len is the number of nodes, root included.
func (t *Tree) Len() int64 { return t.count }

// DataSize is how many bytes the paths of all nodes have together with their data: what ZooKeeper calls the approximate
// data size. It costs nothing to ask.
func (t *Tree) DataSize() int64 {
	_, bytes := t.extent(t.nodes.at(t.root))
	return t.text + bytes
}
