package tree

import "hash/fnv"

// Hash is a number made of all there is in the tree, the same on every machine and in every version that writes the same
// snapshots: equal trees have equal hashes. It walks the whole tree.
func (t *Tree) Hash() uint64 {
	h := fnv.New64a()
	t.encode(h)
	return h.Sum64()
}
