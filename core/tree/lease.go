package tree

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// maxTTL is the longest time to live, in milliseconds: almost 35 years, ZooKeeper's own bound.
const maxTTL = 1<<40 - 1

// lease is what a container or a node with a time to live has beside what every node has. Few nodes have one, so leases
// stand in a table of their own, which is also what keeps a sweep from walking the tree.
type lease struct {
	ttl int64 // milliseconds; 0 for a container
}

// leaseOf is the lease an op asks for; ok is false when it asks for a node that stays.
func leaseOf(op *sdk.Op) (l lease, ok bool) {
	switch {
	case op.Kind == sdk.OpCreateTTL:
		return lease{ttl: op.TTL}, true
	case op.Kind == sdk.OpCreateContainer || op.Mode == sdk.ModeContainer:
		return lease{}, true
	}
	return lease{}, false
}

// ended reports whether the node should go: it has no children, and it is a container that once had some, or its time to
// live has passed since it was last written. A child that comes or goes does not count as writing.
func (t *Tree) ended(l lease, n *node, now int64) bool {
	if t.children(n) > 0 {
		return false
	}
	if l.ttl == 0 {
		return t.creations(n) > 0
	}
	return now-n.mtime > l.ttl
}

// Sweepable lists containers and nodes with a time to live that should go at this time (milliseconds since the Unix epoch),
// in ascending order of their paths, at most limit of them. It looks at all such nodes, and at no others.
func (t *Tree) Sweepable(now int64, limit int) []string {
	var paths []string
	for at, l := range t.leases {
		if t.ended(l, t.nodes.at(at), now) {
			paths = append(paths, t.path(at))
		}
	}
	slices.Sort(paths)
	return paths[:min(len(paths), max(limit, 0))]
}

// Sweep deletes the node at path if, at the time of the stamp, it is one that Sweepable would list, and appends what that
// did to dst. It reports whether it did: what was true when somebody asked need not be when the log comes to it. Nobody's
// permission is asked.
func (t *Tree) Sweep(at Stamp, path string, dst []Effect) ([]Effect, bool) {
	n := t.find(path)
	l, ok := t.leases[n]
	if !ok || !t.ended(l, t.nodes.at(n), at.Time) {
		return dst, false
	}
	w := write{tree: t, at: at, effects: dst, told: len(dst)}
	w.remove(path, n)
	w.settle()
	return w.effects, true
}
