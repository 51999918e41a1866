package tree

import "github.com/grove-coordination/grove/sdk"

// maxTTL is the longest time to live, in milliseconds: almost 35 years, ZooKeeper's own bound.
const maxTTL = 1<<40 - 1

// lease is what a container or a node with a time to live has beside what every node has. Few nodes have one, so leases
// stand in a table of their own, which is also what keeps a sweep from walking the tree.
type lease struct {
	ttl int64 // milliseconds; 0 for a container
}

// leaseTable holds the leases of the nodes that are there. Each has a place from which it does not move, so that a look
// through all of them may be broken off and go on later.
type leaseTable struct {
	places pages[leasehold]
	byNode map[number]number
}

// leasehold is a lease and whose it is; of node 0, a place that is free.
type leasehold struct {
	lease
	node number
}

// of is the lease of a node, if it has one.
func (t *leaseTable) of(node number) (lease, bool) {
	place, ok := t.byNode[node]
	if !ok {
		return lease{}, false
	}
	return t.places.at(place).lease, true
}

// give makes a node that has none a leaseholder.
func (t *leaseTable) give(node number, l lease) {
	place := t.places.put()
	*t.places.at(place) = leasehold{l, node}
	t.byNode[node] = place
}

// end takes the lease from a node, if it has one.
func (t *leaseTable) end(node number) {
	if place, ok := t.byNode[node]; ok {
		t.places.drop(place)
		delete(t.byNode, node)
	}
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

// What Sweepable looks at and lists before it lets those go on who wait for the tree.
const (
	sweepLooks = 4096    // places
	sweepText  = 1 << 15 // bytes of paths, the last of them not counted
)

// Sweepable lists some of the containers and nodes with a time to live that should go at this time (milliseconds since the
// Unix epoch), at most limit. It looks at no other nodes, and in one call at a few thousand of them only, beginning at from:
// 0, or the place where an earlier call ended, which it returns as next; that is 0 when it has come to the last. Between two
// calls the tree may be written, or be another one: what stays is seen all the same, what comes meanwhile may not be.
func (t *Tree) Sweepable(now int64, from, limit int) (paths []string, next int) {
	text, end := 0, min(from+sweepLooks, int(t.leases.places.next))
	for next = from; next < end && text < sweepText && len(paths) < limit; next++ {
		l := t.leases.places.at(number(next))
		if l.node != 0 && t.ended(l.lease, t.nodes.at(l.node), now) {
			paths = append(paths, t.path(l.node))
			text += len(paths[len(paths)-1])
		}
	}
	if next >= int(t.leases.places.next) {
		next = 0
	}
	return paths, next
}

// Sweep deletes the node at path if, at the time of the stamp, it is one that Sweepable would list, and appends what that
// did to dst. It reports whether it did: what was true when somebody asked need not be when the log comes to it. Nobody's
// permission is asked.
func (t *Tree) Sweep(at Stamp, path string, dst []Effect) ([]Effect, bool) {
	n := t.find(path)
	l, ok := t.leases.of(n)
	if !ok || !t.ended(l, t.nodes.at(n), at.Time) {
		return dst, false
	}
	w := write{tree: t, at: at, effects: dst, told: len(dst)}
	w.remove(path, n)
	w.settle()
	return w.effects, true
}
