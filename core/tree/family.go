package tree

import (
	"maps"
	"slices"
	"sync/atomic"
)

// family is what a node has while it has children: they themselves, and how much there is below it. Every node on the way
// from the root to a write is counted up or down with it, so that nobody ever has to walk a subtree to know its size.
type family struct {
	children map[string]*node
	nodes    int64 // below, at any depth
	bytes    int64 // of data, in all of those

	// sorted holds the names in ascending order once somebody has asked for them, until a child comes or goes. Readers,
	// of which many run at once, put the list here; two that do so at the same time put equal ones. A list is never changed.
	sorted atomic.Pointer[[]string]
}

// add enters a child.
func (f *family) add(name string, n *node) {
	f.children[name] = n
	f.sorted.Store(nil)
}

// drop takes a child out.
func (f *family) drop(name string) {
	delete(f.children, name)
	f.sorted.Store(nil)
}

// count adds to what is below.
func (f *family) count(nodes, bytes int64) {
	f.nodes += nodes
	f.bytes += bytes
}

// order makes a new list of the names in ascending order.
func (f *family) order() []string {
	names := slices.AppendSeq(make([]string, 0, len(f.children)), maps.Keys(f.children))
	slices.Sort(names)
	return names
}

// names lists the children in ascending order; it is never nil. The list is shared with everyone who asks until a child
// comes or goes: it must not be changed.
func (n *node) names() []string {
	if n.family == nil {
		return []string{}
	}
	held := n.family.sorted.Load()
	if held == nil {
		names := n.family.order()
		held = &names
		n.family.sorted.Store(held)
	}
	return *held
}

// child is the one of this name, or nil.
func (n *node) child(name string) *node {
	if n.family == nil {
		return nil
	}
	return n.family.children[name]
}

// children is how many there are.
func (n *node) children() int {
	if n.family == nil {
		return 0
	}
	return len(n.family.children)
}

// adopt makes child one of n's.
func (n *node) adopt(name string, child *node) {
	if n.family == nil {
		n.family = &family{children: map[string]*node{}}
	}
	n.family.add(name, child)
	child.parent = n
}

// disinherit is the opposite of adopt. The child goes on knowing its parent.
func (n *node) disinherit(name string) {
	if n.family.drop(name); len(n.family.children) == 0 {
		n.family = nil
	}
}

// grow counts, in every node above n, what has come below it.
func (n *node) grow(nodes, bytes int64) {
	for n.parent != n {
		n = n.parent
		n.family.count(nodes, bytes)
	}
}

// extent is how many nodes there are at n and below it, and how many bytes of data they have.
func (n *node) extent() (nodes, bytes int64) {
	nodes, bytes = 1, int64(len(n.data))
	if n.family != nil {
		nodes, bytes = nodes+n.family.nodes, bytes+n.family.bytes
	}
	return nodes, bytes
}
