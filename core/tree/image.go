package tree

import (
	"io"
	"maps"
	"slices"
)

// Image is the tree as it was when it was captured, while the tree goes on changing. Nothing is copied when it is captured:
// until it is released, every write first leaves with the image what it is about to change. So an image costs memory in
// proportion to what is written meanwhile, and a write two or three entries in maps.
type Image struct {
	tree   *Tree
	count  int64
	ahead  int                        // bytes gathered while the lock is held
	old    map[*node]*node            // what nodes were that have been written since; their families do not count
	born   map[*node]struct{}         // nodes that were not there
	gone   map[*node]map[string]*node // children that were, by the node they were below
	leases map[*node]lease            // of those that have gone
}

// Locker is held while an image is read. The read side of a sync.RWMutex that writers of the tree hold is one.
type Locker interface {
	Lock()
	Unlock()
}

// Capture makes an image of the tree. It takes no time, needs the tree for itself, and must be released.
func (t *Tree) Capture() *Image {
	i := t.still()
	i.old, i.born = map[*node]*node{}, map[*node]struct{}{}
	i.gone, i.leases = map[*node]map[string]*node{}, map[*node]lease{}
	t.images = append(t.images, i)
	return i
}

// still is an image for as long as nobody writes.
func (t *Tree) still() *Image { return &Image{tree: t, count: t.count, ahead: encodeAhead} }

// Release lets go of the image, which is of no use any more. It needs the tree for itself; a second call does nothing.
func (i *Image) Release() {
	t := i.tree
	for at, other := range t.images {
		if other == i {
			t.images = slices.Delete(t.images, at, at+1)
			return
		}
	}
}

// Save writes what Tree.Save would have written when the image was captured. It takes the lock for one short stretch after
// the other, and writes to w between them; only the names of one node's children are gathered in one go. The error is
// that of w.
func (i *Image) Save(w io.Writer, lock Locker) error {
	chunks := newChunkWriter(w)
	i.encode(chunks, lock)
	return chunks.close()
}

// touch tells the images that n is about to change.
func (t *Tree) touch(n *node) {
	for _, i := range t.images {
		i.keep(n)
	}
}

// arriving tells the images that n is about to be linked.
func (t *Tree) arriving(parent *node, name string, n *node) {
	for _, i := range t.images {
		i.keep(parent)
		if i.gone[parent][name] == n {
			delete(i.gone[parent], name)
		} else {
			i.born[n] = struct{}{}
		}
	}
}

// leaving tells the images that n is about to be unlinked.
func (t *Tree) leaving(name string, n *node) {
	for _, i := range t.images {
		i.keep(n.parent)
		if _, born := i.born[n]; born {
			delete(i.born, n)
			continue
		}
		if i.gone[n.parent] == nil {
			i.gone[n.parent] = map[string]*node{}
		}
		i.gone[n.parent][name] = n
		if l, ok := t.leases[n]; ok {
			i.leases[n] = l
		}
	}
}

// keep copies a node of the image before its first change.
func (i *Image) keep(n *node) {
	if _, born := i.born[n]; born || i.old[n] != nil {
		return
	}
	was := *n
	i.old[n] = &was
}

// was is the node with the fields it had.
func (i *Image) was(n *node) *node {
	if old := i.old[n]; old != nil {
		return old
	}
	return n
}

// child is the one of this name that n had.
func (i *Image) child(n *node, name string) *node {
	if child := i.gone[n][name]; child != nil {
		return child
	}
	return n.child(name)
}

// names lists the children that n had, in whatever order unless sorted. The list may be shared.
func (i *Image) names(n *node) (names []string, sorted bool) {
	gone := i.gone[n]
	if n.family != nil {
		if held := n.family.sorted.Load(); held != nil && i.old[n] == nil {
			return *held, true
		}
		names = make([]string, 0, len(n.family.children)+len(gone))
		for name, child := range n.family.children {
			if _, born := i.born[child]; !born {
				names = append(names, name)
			}
		}
	}
	return slices.AppendSeq(names, maps.Keys(gone)), false
}

// lease is the one that n had.
func (i *Image) lease(n *node) (lease, bool) {
	if l, ok := i.leases[n]; ok {
		return l, true
	}
	l, ok := i.tree.leases[n]
	return l, ok
}
