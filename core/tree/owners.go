package tree

// ownerTable holds the sessions that have ephemerals.
type ownerTable struct {
	owners pages[owner]
	byID   map[int64]number
	nodes  int64 // that are owned
}

// owner is a session. It exists while a node has its number, be it one that is gone and still remembered.
type owner struct {
	id    int64
	uses  int64
	nodes map[number]struct{} // that are there
}

// session is the id of a session by its number, 0 for none.
func (o *ownerTable) session(n number) int64 {
	if n == 0 {
		return 0
	}
	return o.owners.at(n).id
}

// acquire counts one more node that has the number of the session, which it returns: 0 for session 0.
func (o *ownerTable) acquire(id int64) number {
	if id == 0 {
		return 0
	}
	n, ok := o.byID[id]
	if !ok {
		n = o.owners.put()
		o.byID[id] = n
		*o.owners.at(n) = owner{id: id, nodes: map[number]struct{}{}}
	}
	o.owners.at(n).uses++
	return n
}

// release counts one node less.
func (o *ownerTable) release(n number) {
	if n == 0 {
		return
	}
	if owner := o.owners.at(n); owner.uses > 1 {
		owner.uses--
		return
	}
	delete(o.byID, o.owners.at(n).id)
	o.owners.drop(n)
}

// own enters a node under its owner.
func (o *ownerTable) own(n, node number) {
	o.owners.at(n).nodes[node] = struct{}{}
	o.nodes++
}

// disown is the opposite of own.
func (o *ownerTable) disown(n, node number) {
	delete(o.owners.at(n).nodes, node)
	o.nodes--
}
