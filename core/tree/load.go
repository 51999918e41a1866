package tree

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Load reads a tree that Save wrote, and nothing of r that comes after it. What is not such a tree is an error that wraps
// ErrCorrupt; an error of r is wrapped as it is. It allocates in proportion to what it has read.
func Load(r io.Reader) (*Tree, error) {
	d := decoder{chunkReader: newChunkReader(r), tree: empty()}
	if d.version = d.uvarint(); d.err == nil && (d.version < 1 || d.version > snapshotVersion) {
		d.fail("version %d is not known", d.version)
	}
	nodes := d.uvarint()
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
	return d.tree, nil
}

// decoder builds a tree node by node. It keeps its own stack: the depth of the tree is the input's to choose.
type decoder struct {
	*chunkReader
	tree    *Tree
	version uint64
	lists   []*aclList // that were given, in order
	open    []level    // nodes that still want children, each below the one before it
	path    []byte     // of the innermost of them, "" for the root
	scratch []byte
}

// level is a node that still wants children.
type level struct {
	node *node
	path int    // length of its path
	left uint64 // children to come
	last string // name of the child before
}

func (d *decoder) root() {
	name, children, n := d.node()
	if lease := d.lease(); d.err == nil && (name != "" || n.owner != 0 || lease != 0) {
		d.fail("root %q of session %#x and lease %d", name, n.owner, lease)
	}
	if d.err != nil {
		return
	}
	d.tree.setRoot(n)
	d.push(n, children)
}

// child reads the next child of the innermost open node.
func (d *decoder) child() {
	name, children, n := d.node()
	leased := d.lease()
	above := &d.open[len(d.open)-1]
	d.path = append(append(d.path[:above.path], '/'), name...)
	d.check(above, name, children, n)
	d.checkLease(n, leased)
	if d.err != nil {
		return
	}
	above.left--
	above.last = name
	path := ""
	if n.owner != 0 {
		path = string(d.path)
	}
	d.tree.attach(above.node, path, name, n)
	above.node.family.count(1, int64(len(n.data)))
	if leased > 0 {
		d.tree.lend(string(d.path), n, lease{ttl: leased - 1})
	}
	if bytes.HasPrefix(d.path, []byte(quotaPath)) {
		if governed, ok := quotaNode(string(d.path)); ok && name == limitsName {
			d.tree.quotas[governed] = parseQuota(n.data)
		}
	}
	d.push(n, children)
}

// check holds a node against the rules that every tree keeps.
func (d *decoder) check(above *level, name string, children uint64, n *node) {
	switch {
	case d.err != nil:
	case strings.Contains(name, "/") || sdk.ValidatePath("/"+name) != nil:
		d.fail("name %q below %q", name, d.path)
	case name <= above.last:
		d.fail("%q after %q", name, above.last)
	case n.owner != 0 && children > 0:
		d.fail("ephemeral %q has children", d.path)
	case len(d.path) > maxPath:
		d.fail("path of more than %d bytes", maxPath)
	}
}

func (d *decoder) checkLease(n *node, leased int64) {
	switch {
	case d.err != nil:
	case leased < 0 || leased > maxTTL+1:
		d.fail("lease %d of %q", leased, d.path)
	case leased != 0 && n.owner != 0:
		d.fail("ephemeral %q has a lease", d.path)
	}
}

// maxPath bounds the path of a node: no op that fits the log has a longer one.
const maxPath = 1 << 26

// push opens n if it wants children and otherwise closes what has all of its own. What is below a node is counted when it
// closes: a deep tree is read as fast as a wide one.
func (d *decoder) push(n *node, children uint64) {
	if children > 0 {
		d.open = append(d.open, level{node: n, path: len(d.path), left: children})
		return
	}
	for len(d.open) > 0 && d.open[len(d.open)-1].left == 0 {
		n := d.open[len(d.open)-1].node
		if d.open = d.open[:len(d.open)-1]; len(d.open) > 0 {
			n.parent.family.count(n.family.nodes, n.family.bytes)
		}
	}
}

// node reads one node as encoder.fields writes it: all but its lease.
func (d *decoder) node() (name string, children uint64, n *node) {
	name = d.string()
	children = d.uvarint()
	n = &node{data: d.data(), acl: d.acl()}
	for _, v := range [...]*int64{&n.czxid, &n.mzxid, &n.pzxid, &n.ctime, &n.mtime, &n.owner, &n.creations} {
		*v = d.varint()
	}
	n.version, n.aversion = d.int32(), d.int32()
	if n.creations < 0 {
		d.fail("node %q counts %d creations", name, n.creations)
	}
	return name, children, n
}

// lease reads what it is in the snapshot: 0 for none, 1 for a container, else time to live + 1.
func (d *decoder) lease() int64 {
	if d.version < 2 {
		return 0
	}
	return int64(d.uvarint())
}

// acl reads the number of a list, or a new list.
func (d *decoder) acl() *aclList {
	number := d.uvarint()
	if number > uint64(len(d.lists)) {
		d.fail("ACL %d of %d", number, len(d.lists))
	}
	if d.err != nil {
		return nil
	}
	if number == 0 {
		list := d.tree.acls.intern(d.entries())
		d.lists = append(d.lists, list)
		return list
	}
	return d.lists[number-1]
}

func (d *decoder) entries() []sdk.ACL {
	var entries []sdk.ACL
	for n := d.uvarint(); n > 0 && d.err == nil; n-- {
		perms := sdk.Perm(d.int32())
		entries = append(entries, sdk.ACL{Perms: perms, Identity: sdk.Identity{Scheme: d.string(), ID: d.string()}})
	}
	if len(entries) == 0 {
		d.fail("empty ACL")
	}
	return entries
}

func (d *decoder) uvarint() uint64 {
	if v, n := binary.Uvarint(d.left); n > 0 {
		d.left = d.left[n:]
		return v
	}
	v, err := binary.ReadUvarint(d)
	if err != nil {
		d.fail("bad number")
	}
	return v
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) int32() int32 {
	v := d.varint()
	if v != int64(int32(v)) {
		d.fail("number %d has more than 32 bits", v)
	}
	return int32(v)
}

// ReadByte is for numbers that lie across two chunks.
func (d *decoder) ReadByte() (byte, error) {
	if len(d.left) == 0 && !d.fill() {
		return 0, io.ErrUnexpectedEOF
	}
	b := d.left[0]
	d.left = d.left[1:]
	return b, nil
}

// data reads bytes of which nil and empty are different values.
func (d *decoder) data() []byte {
	n := d.uvarint()
	if n == 0 {
		return nil
	}
	return d.append(make([]byte, 0, min(n-1, maxChunk)), n-1)
}

func (d *decoder) string() string {
	d.scratch = d.append(d.scratch[:0], d.uvarint())
	return string(d.scratch)
}

// append appends the next n bytes to dst, which grows with what is there, not with what n says.
func (d *decoder) append(dst []byte, n uint64) []byte {
	for n > 0 {
		if len(d.left) == 0 && !d.fill() {
			d.fail("cut short")
			return dst
		}
		take := min(n, uint64(len(d.left)))
		dst = append(dst, d.left[:take]...)
		d.left = d.left[take:]
		n -= take
	}
	return dst
}
