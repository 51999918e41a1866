package tree

import "sync/atomic"

// family is what a node has once it has had a child: the children that are there now, and how much there is below it.
// Every node on the way from the root to a write is counted up or down with it, so that nobody ever has to walk a subtree
// to know its size.
type family struct {
	first     number // of the children, the latest first
	children  int64
	nodes     int64 // below, at any depth
	bytes     int64 // of data, in all of those
	creations int64 // of children, ever
	pzxid     int64

	// sorted holds the names once somebody has asked for them. Readers, of which many run at once, put the list here; two
	// that do so at the same time put equal ones.
	sorted atomic.Pointer[list]
}

// count adds to what is below.
func (f *family) count(nodes, bytes int64) {
	f.nodes += nodes
	f.bytes += bytes
}

// household is the family of a node, made if it has none.
func (t *Tree) household(n *node) *family {
	if n.family == 0 {
		n.family = t.families.put()
		t.families.at(n.family).pzxid = n.czxid
	}
	return t.families.at(n.family)
}

// children is how many a node has.
func (t *Tree) children(n *node) int64 {
	if n.family == 0 {
		return 0
	}
	return t.families.at(n.family).children
}

// creations is how many children a node ever had: the number of the next sequential one.
func (t *Tree) creations(n *node) int64 {
	if n.family == 0 {
		return 0
	}
	return t.families.at(n.family).creations
}

// child is the one of this name, or 0.
func (t *Tree) child(parent number, name string) number {
	if t.nodes.at(parent).family == 0 {
		return 0
	}
	return t.index.find(t.index.hash(parent, name), func(at number) bool {
		n := t.nodes.at(at)
		return n.parent == parent && t.name(n) == name
	})
}

// adopt makes child, which knows its parent, one of its children: the first of them, or where it was when it left. That
// is still there as long as what came and went after it is taken back before it.
func (t *Tree) adopt(at number, back bool) {
	n := t.nodes.at(at)
	f := t.household(t.nodes.at(n.parent))
	if !back {
		n.prev, n.next = 0, f.first
	}
	if n.prev == 0 {
		f.first = at
	} else {
		t.nodes.at(n.prev).next = at
	}
	if n.next != 0 {
		t.nodes.at(n.next).prev = at
	}
	f.children++
	name := t.name(n)
	f.changed(name, false)
	t.index.add(t.index.hash(n.parent, name), at)
}

// disinherit is the opposite of adopt. The child goes on knowing its parent, and the children it stood between.
func (t *Tree) disinherit(at number) {
	n := t.nodes.at(at)
	f := t.families.at(t.nodes.at(n.parent).family)
	if n.prev == 0 {
		f.first = n.next
	} else {
		t.nodes.at(n.prev).next = n.next
	}
	if n.next != 0 {
		t.nodes.at(n.next).prev = n.prev
	}
	f.children--
	name := t.name(n)
	f.changed(name, true)
	t.index.drop(t.index.hash(n.parent, name), at)
}

// names lists the children in ascending order; it is never nil. The list is shared with everyone who asks until a child
// comes or goes: it must not be changed.
func (t *Tree) names(n *node) []string {
	if n.family == 0 {
		return []string{}
	}
	f := t.families.at(n.family)
	held := f.sorted.Load()
	switch {
	case held.missing():
		held = t.order(f)
	case len(held.changes) > 0:
		held = held.merge(held.changes, f.children)
	default:
		return held.names
	}
	f.sorted.Store(held)
	return held.names
}

// changed has the list know of a child that has come or gone.
func (f *family) changed(name string, gone bool) {
	if held := f.sorted.Load(); held != nil && !held.note(name, gone) {
		f.sorted.Store(nil)
	}
}

// grow counts, in every node above, what has come below it.
func (t *Tree) grow(n *node, nodes, bytes int64) {
	for at := n.parent; ; at = n.parent {
		if t.nodes.at(at) == n {
			return
		}
		n = t.nodes.at(at)
		t.families.at(n.family).count(nodes, bytes)
	}
}

// extent is how many nodes there are at n and below it, and how many bytes of data they have.
func (t *Tree) extent(n *node) (nodes, bytes int64) {
	nodes, bytes = 1, int64(len(t.data(n)))
	if n.family != 0 {
		f := t.families.at(n.family)
		nodes, bytes = nodes+f.nodes, bytes+f.bytes
	}
	return nodes, bytes
}
