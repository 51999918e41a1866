package tree

import (
	"io"
	"strings"
)

// Image is the tree as it was when it was captured, while the tree goes on changing. Nothing is copied when it is captured:
// until it is released, every write first leaves with the newest image what it is about to change. So images cost memory
// in proportion to what is written meanwhile, and a write two or three entries in maps, however many images there are.
type Image struct {
	tree    *Tree
	capture int64
	layer   *layer // nil for the tree as it stands
	count   int64
	ahead   int // bytes or nodes gathered while the lock is held
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
	i.layer, i.capture = t.layers.capture()
	return i
}

// still is an image for as long as nobody writes.
func (t *Tree) still() *Image { return &Image{tree: t, count: t.count, ahead: encodeAhead} }

// Release lets go of the image, which is of no use any more. It takes no time, and needs the tree for itself. A second call
// does nothing.
func (i *Image) Release() {
	if i.layer != nil {
		i.tree.layers.release(i.capture)
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
		if born, ok := l.born[at]; ok {
			return born < i.capture
		}
	}
	return true
}

// view is the node as it was.
func (i *Image) view(at number) view {
	for l := i.layer; l != nil; l = l.next {
		var found *version
		for v := l.old[at]; v != nil && v.capture >= i.capture; v = v.older {
			found = v
		}
		if found != nil {
			return found.view
		}
	}
	return i.tree.view(at)
}

// left makes ready to go through the nodes that the image has below a parent and the tree has not.
func (i *Image) left(parent number) leavers {
	return leavers{parent: parent, capture: i.capture, layer: i.layer}
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

// find is the node that the image has at path, or 0. It takes the lock for one short stretch after the other.
func (i *Image) find(path string, lock Locker) number {
	if path == rootPath {
		return i.tree.root
	}
	at := i.tree.root
	for name := range strings.SplitSeq(strings.TrimPrefix(path, rootPath), "/") {
		if at = i.child(at, name, lock); at == 0 {
			return 0
		}
	}
	return at
}

// child is the one of this name that the image has below a node, or 0. If the tree has none, or one that came later, it is
// among those that have left by then.
func (i *Image) child(parent number, name string, lock Locker) (found number) {
	gone := i.left(parent)
	locked(lock, func() {
		if found = i.tree.child(parent, name); found != 0 && !i.has(found) {
			found = 0
		}
	})
	for found == 0 && gone.layer != nil {
		locked(lock, func() { found = i.search(&gone, name) })
	}
	return found
}

// search looks for a child among some of those that have left.
func (i *Image) search(gone *leavers, name string) number {
	for range gatherOne {
		at := gone.next()
		if at == 0 {
			break
		}
		if i.has(at) && i.tree.name(i.tree.nodes.at(at)) == name {
			return at
		}
	}
	return 0
}
