package tree

import (
	"io"
	"strings"
)

// Image is the tree as it was when it was captured, while the tree goes on changing. Nothing is copied when it is captured:
// until it is released, every write first leaves with the newest image what it is about to change. So images cost memory
// in proportion to what is written meanwhile, and a write two or three entries in maps, however many images there are.
type Image struct {
	tree  *Tree
	layer *layer // nil for the tree as it stands
	count int64
	ahead int // bytes or nodes gathered while the lock is held
}

// Locker is held while an image is read. The read side of a sync.RWMutex that writers of the tree hold is one.
type Locker interface {
	Lock()
	Unlock()
}

// Capture makes an image of the tree. It takes no time, needs the tree for itself, and must be released. There may be any
// number of images at the same time.
func (t *Tree) Capture() *Image {
	i := t.still()
	i.layer = t.layers.capture()
	return i
}

// still is an image for as long as nobody writes.
func (t *Tree) still() *Image { return &Image{tree: t, count: t.count, ahead: encodeAhead} }

// Release lets go of the image, which is of no use any more. It needs the tree for itself, and takes time in proportion to
// what was written between this capture and the next one, if an older image is still there. A second call does nothing.
func (i *Image) Release() {
	if i.layer != nil {
		i.tree.layers.release(i.layer)
		i.layer = nil
	}
}

// Save writes what Tree.Save would have written when the image was captured. It takes the lock for one short stretch after
// the other, and writes to w between them. The error is that of w.
func (i *Image) Save(w io.Writer, lock Locker) error {
	chunks := newChunkWriter(w)
	i.encode(chunks, lock)
	return chunks.close()
}

// has reports whether a node that was not there later than the image was there then.
func (i *Image) has(at number) bool {
	for l := i.layer; l != nil; l = l.next {
		if _, born := l.born[at]; born {
			return false
		}
	}
	return true
}

// view is the node as it was.
func (i *Image) view(at number) view {
	for l := i.layer; l != nil; l = l.next {
		if old := l.old[at]; old != nil {
			return *old
		}
	}
	return i.tree.view(at)
}

// left gives the nodes that the image has below a parent and the tree has not, and possibly others.
func (i *Image) left(parent number, yield func(number)) {
	for l := i.layer; l != nil; l = l.next {
		for at := range l.gone[parent] {
			yield(at)
		}
	}
}

// lease is the one that a node had.
func (i *Image) lease(at number) (lease, bool) {
	for l := i.layer; l != nil; l = l.next {
		if held, ok := l.leases[at]; ok {
			return held, true
		}
	}
	return i.tree.leases.of(at)
}

// find is the node that the image has at path, or 0. The lock is held.
func (i *Image) find(path string) number {
	if path == rootPath {
		return i.tree.root
	}
	at := i.tree.root
	for name := range strings.SplitSeq(strings.TrimPrefix(path, rootPath), "/") {
		if at = i.child(at, name); at == 0 {
			return 0
		}
	}
	return at
}

// child is the one of this name that the image has below a node, or 0.
func (i *Image) child(parent number, name string) number {
	found := i.tree.child(parent, name)
	if found != 0 && i.has(found) {
		return found
	}
	found = 0
	i.left(parent, func(at number) {
		if i.has(at) && i.tree.name(i.tree.nodes.at(at)) == name {
			found = at
		}
	})
	return found
}
