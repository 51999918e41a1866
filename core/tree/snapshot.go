package tree

import (
	"encoding/binary"
	"errors"
	"io"
)

// The snapshot of a tree is a section of its own: no version is ever changed, a new layout gets a new number, and Load reads
// all of them. It is cut into chunks (chunk.go), inside which it reads
//
//	version  uvarint, 2
//	nodes    uvarint, how many follow
//	node     each node before its children, children in ascending order:
//	  name       string, "" of the root
//	  children   uvarint, how many
//	  data       uvarint 0 for nil, else length + 1; then the bytes
//	  acl        uvarint: number of a list given before, counted from 1; or 0, and a new list (acltable.go) follows
//	  czxid, mzxid, pzxid, ctime, mtime, owner, creations, version, aversion   varint
//	  lease      uvarint: 0 for none, 1 for a container, else time to live + 1; not in version 1
//
// A string is its length as uvarint, then its bytes. Equal trees have equal snapshots.
const snapshotVersion = 2

// ErrCorrupt is wrapped by the errors of Load that say that the input is not what Save wrote.
var ErrCorrupt = errors.New("corrupt snapshot of the tree")

// Save writes the tree. The tree must not change meanwhile. The error is that of w.
func (t *Tree) Save(w io.Writer) error {
	chunks := newChunkWriter(w)
	t.encode(chunks)
	return chunks.close()
}

// encode writes the snapshot without cutting it. A writer that fails must remember it: nobody looks here.
func (t *Tree) encode(w io.Writer) {
	e := encoder{w: w, leases: t.leases, lists: map[*aclList]uint64{}}
	e.buf = binary.AppendUvarint(e.buf, snapshotVersion)
	e.buf = binary.AppendUvarint(e.buf, uint64(t.count))
	e.node("", t.root)
	e.flush()
}

// encoder gathers nodes and hands them on a few at a time.
type encoder struct {
	w      io.Writer
	buf    []byte
	leases map[*node]lease
	lists  map[*aclList]uint64 // number of each list that was written
}

const encodeAhead = 1 << 15 // bytes gathered before they are handed on

// node writes n and everything below it.
func (e *encoder) node(name string, n *node) {
	e.fields(name, n)
	if len(e.buf) >= encodeAhead {
		e.flush()
	}
	if n.family == nil {
		return
	}
	for _, name := range n.family.order() { // which holds no list that nobody asked for
		e.node(name, n.family.children[name])
	}
}

func (e *encoder) fields(name string, n *node) {
	e.buf = appendString(e.buf, name)
	e.buf = binary.AppendUvarint(e.buf, uint64(n.children()))
	e.buf = appendData(e.buf, n.data)
	e.acl(n.acl)
	for _, v := range [...]int64{
		n.czxid, n.mzxid, n.pzxid, n.ctime, n.mtime, n.owner, n.creations, int64(n.version), int64(n.aversion),
	} {
		e.buf = binary.AppendVarint(e.buf, v)
	}
	e.lease(n)
}

func (e *encoder) acl(list *aclList) {
	number := e.lists[list]
	e.buf = binary.AppendUvarint(e.buf, number)
	if number == 0 {
		e.lists[list] = uint64(len(e.lists)) + 1
		e.buf = appendACL(e.buf, list.entries)
	}
}

func (e *encoder) lease(n *node) {
	l, ok := e.leases[n]
	if ok {
		l.ttl++
	}
	e.buf = binary.AppendUvarint(e.buf, uint64(l.ttl))
}

func (e *encoder) flush() {
	e.w.Write(e.buf)
	e.buf = e.buf[:0]
}

func appendData(dst, data []byte) []byte {
	if data == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(data))+1)
	return append(dst, data...)
}
