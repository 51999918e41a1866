package tree

import (
	"encoding/binary"
	"errors"
	"io"
)

// The snapshot of a tree is a section of its own: no version is ever changed, a new layout gets a new number, and Load reads
// all of them. It is cut into chunks (chunk.go), inside which it reads
//
//	version  uvarint, 3
//	nodes    uvarint, how many follow
//	node     each node before its children, children in ascending order:
//	  name       string, "" of the root
//	  children   uvarint, how many
//	  data       uvarint 0 for nil, else length + 1; then the bytes
//	  acl        uvarint: number of a list given before, counted from 1; or 0, and a new list (acltable.go) follows
//	  czxid, mzxid, pzxid, ctime, mtime, owner, creations, version, aversion   varint
//	  lease      uvarint: 0 for none, 1 for a container, else time to live + 1; not in version 1
//
// A string is its length as uvarint, then its bytes. Equal trees have equal snapshots. Up to version 2 the data of the nodes
// that every tree has was null, unless somebody had written it: Load makes it empty, as it is since.
const snapshotVersion = 3

// ErrCorrupt is wrapped by the errors of Load that say that the input is not what Save wrote.
var ErrCorrupt = errors.New("corrupt snapshot of the tree")

// Save writes the tree. The tree must not change meanwhile. The error is that of w.
func (t *Tree) Save(w io.Writer) error {
	chunks := newChunkWriter(w)
	t.encode(chunks)
	return chunks.close()
}

// encode writes the snapshot without cutting it, of a tree that stands still.
func (t *Tree) encode(w io.Writer) { t.still().encode(w, unlocked{}) }

type unlocked struct{}

func (unlocked) Lock()   {}
func (unlocked) Unlock() {}

// encode writes the snapshot without cutting it, until w fails, which must remember why.
func (i *Image) encode(w io.Writer, lock Locker) {
	e := encoder{walk: walk{image: i}, lists: map[*aclList]uint64{}}
	e.buf = binary.AppendUvarint(e.buf, snapshotVersion)
	e.buf = binary.AppendUvarint(e.buf, uint64(i.count))
	locked(lock, func() { e.node("", i.tree.root) })
	for !e.done() {
		e.sort()
		locked(lock, e.nodes)
		if _, err := w.Write(e.buf); err != nil {
			return
		}
		e.buf = e.buf[:0]
	}
	w.Write(e.buf)
}

// encoder gathers nodes, a few at a time.
type encoder struct {
	walk
	buf   []byte
	lists map[*aclList]uint64 // number of each list that was written
}

const encodeAhead = 1 << 15

// nodes writes nodes until there is enough to hand on, or the lock should be let go of.
func (e *encoder) nodes() {
	for len(e.buf) < e.image.ahead {
		at, name, ok := e.next()
		if !ok {
			return
		}
		e.node(name, at)
	}
}

// node writes a node, and has its children come next.
func (e *encoder) node(name string, at number) {
	v := e.image.view(at)
	e.fields(name, &v)
	e.lease(at)
	e.enter(at, &v)
}

func (e *encoder) fields(name string, n *view) {
	e.buf = appendString(e.buf, name)
	e.buf = binary.AppendUvarint(e.buf, uint64(n.children))
	e.buf = appendData(e.buf, n.data)
	e.acl(n.acl)
	for _, v := range [...]int64{
		n.czxid, n.mzxid, n.pzxid, n.ctime, n.mtime, n.owner, n.creations, int64(n.version), int64(n.aversion),
	} {
		e.buf = binary.AppendVarint(e.buf, v)
	}
}

func (e *encoder) acl(list *aclList) {
	number := e.lists[list]
	e.buf = binary.AppendUvarint(e.buf, number)
	if number == 0 {
		e.lists[list] = uint64(len(e.lists)) + 1
		e.buf = appendACL(e.buf, list.entries)
	}
}

func (e *encoder) lease(at number) {
	l, ok := e.image.lease(at)
	if ok {
		l.ttl++
	}
	e.buf = binary.AppendUvarint(e.buf, uint64(l.ttl))
}

func appendData(dst, data []byte) []byte {
	if data == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(data))+1)
	return append(dst, data...)
}
