package tree

import (
	"bytes"
	"io"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Load reads a tree that Save wrote, and nothing of r that comes after it. What is not such a tree is an error that wraps
// ErrCorrupt; an error of r is wrapped as it is. It allocates in proportion to what it has read.
func Load(r io.Reader) (*Tree, error) {
	d := decoder{chunkReader: newChunkReader(r), tree: empty(), scratch: []byte{}}
	if d.version = d.uvarint(); d.err == nil && (d.version < 1 || d.version > snapshotVersion) {
		d.fail("version %d is not known", d.version)
	}
	nodes := d.uvarint()
	d.tree.index.hold()
	d.root()
	for len(d.open) > 0 && d.err == nil {
		d.child()
	}
	if d.err == nil && nodes != uint64(d.tree.count) {
		d.fail("%d nodes instead of %d", d.tree.count, nodes)
	}
	if err := d.close(); err != nil {
		return nil, err
	}
	d.tree.index.settle()
	if d.reserved(); d.err != nil {
		return nil, d.err
	}
	for _, list := range d.lists {
		d.tree.acls.release(list) // a node has it now
	}
	d.tree.relent()
	if d.version < 3 {
		d.tree.fillReserved()
	}
	return d.tree, nil
}

// fillReserved gives empty data to the nodes that every tree has, where it is null and nobody has made it so.
func (t *Tree) fillReserved() {
	for _, path := range reservedPaths {
		at := t.find(path)
		if n := t.nodes.at(at); n.mzxid == 0 && t.data(n) == nil {
			t.write(at, n, t.name(n), []byte{})
		}
	}
}

// reserved refuses a tree that lacks a node that every tree has, or has one that could go, with its session or its lease.
func (d *decoder) reserved() {
	for _, path := range reservedPaths {
		at := d.tree.find(path)
		if at == 0 {
			d.fail("there is no %s", path)
			return
		}
		if _, leased := d.tree.leases.of(at); leased || d.tree.nodes.at(at).owner != 0 {
			d.fail("%s is one that goes", path)
		}
	}
}

// decoder builds a tree node by node. It keeps its own stack: the depth of the tree is the input's to choose.
type decoder struct {
	*chunkReader
	tree    *Tree
	version uint64
	lists   []number // that were given, in order
	open    []level  // nodes that still want children, each below the one before it
	path    []byte   // of the node at hand, "" for the root
	name    []byte   // of the node at hand, to be written over
	scratch []byte   // likewise its data, when it lies across chunks
}

// level is a node that still wants children.
type level struct {
	node number
	path int    // length of its path
	left uint64 // children to come
	last []byte // name of the child before
}

// entry is a node as it stands in the snapshot. Its name and its data are only lent.
type entry struct {
	node
	name      string
	children  uint64
	data      []byte
	session   int64
	pzxid     int64
	creations int64
	lease     int64
}

func (d *decoder) root() {
	r := d.entry()
	if d.err == nil && (r.name != "" || r.session != 0 || r.lease != 0) {
		d.fail("root %q of session %#x and lease %d", r.name, r.session, r.lease)
	}
	if d.err != nil {
		return
	}
	at := d.make(0, &r)
	d.tree.enthrone(at)
	d.push(at, r.children)
}

// child reads the next child of the innermost open node.
func (d *decoder) child() {
	r := d.entry()
	above := &d.open[len(d.open)-1]
	d.path = append(append(d.path[:above.path], '/'), r.name...)
	d.check(above, &r)
	if d.err != nil {
		return
	}
	above.left--
	above.last = append(above.last[:0], r.name...)
	at := d.make(above.node, &r)
	d.tree.attach(at, int64(len(d.path)), false)
	d.tree.families.at(d.tree.nodes.at(above.node).family).count(1, int64(len(r.data)))
	if r.lease > 0 {
		d.tree.leases.give(at, lease{ttl: r.lease - 1})
	}
	if bytes.HasPrefix(d.path, []byte(quotaPath)) {
		if governed, ok := quotaNode(string(d.path)); ok && r.name == limitsName {
			d.tree.quotas[governed] = parseQuota(r.data)
		}
	}
	d.push(at, r.children)
}

// make takes a node into the tree, but for its place there.
func (d *decoder) make(parent number, r *entry) number {
	t := d.tree
	at := t.make(parent, r.name, r.data, r.acl, t.owners.acquire(r.session))
	t.acls.hold(r.acl)
	n := t.nodes.at(at)
	n.czxid, n.mzxid, n.ctime, n.mtime = r.czxid, r.mzxid, r.ctime, r.mtime
	n.version, n.aversion = r.version, r.aversion
	if r.creations != 0 || r.pzxid != r.czxid {
		f := t.household(n)
		f.creations, f.pzxid = r.creations, r.pzxid
	}
	return at
}

// check holds a node against the rules that every tree keeps.
func (d *decoder) check(above *level, r *entry) {
	switch {
	case d.err != nil:
	case strings.Contains(r.name, "/") || sdk.ValidatePath(lent(d.path[above.path:])) != nil:
		d.fail("name %q below %q", r.name, d.path)
	case r.name <= lent(above.last):
		d.fail("%q after %q", r.name, above.last)
	case r.session != 0 && r.children > 0:
		d.fail("ephemeral %q has children", d.path)
	case len(d.path) > maxPath:
		d.fail("path of more than %d bytes", maxPath)
	case r.lease < 0 || r.lease > maxTTL+1:
		d.fail("lease %d of %q", r.lease, d.path)
	case r.lease != 0 && r.session != 0:
		d.fail("ephemeral %q has a lease", d.path)
	}
}

// maxPath bounds the path of a node: no op that fits the log has a longer one.
const maxPath = 1 << 26

// push opens a node if it wants children and otherwise closes what has all of its own. What is below a node is counted
// when it closes: a deep tree is read as fast as a wide one.
func (d *decoder) push(at number, children uint64) {
	if children > 0 {
		d.open = append(d.open, level{node: at, path: len(d.path), left: children})
		return
	}
	t := d.tree
	for len(d.open) > 0 && d.open[len(d.open)-1].left == 0 {
		n := t.nodes.at(d.open[len(d.open)-1].node)
		if d.open = d.open[:len(d.open)-1]; len(d.open) > 0 {
			f := t.families.at(n.family)
			t.families.at(t.nodes.at(n.parent).family).count(f.nodes, f.bytes)
		}
	}
}
