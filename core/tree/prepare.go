package tree

import "slices"

// longList is how many children are so many that their names are not gathered, sorted or copied in one go while others wait.
const longList = 4096

// Ready reports whether a read of the children at path takes little time: there are not many, or their names are at hand.
func (t *Tree) Ready(path string) bool {
	f := t.crowd(t.find(path))
	if f == nil {
		return true
	}
	held := f.sorted.Load()
	return !held.missing() && len(held.changes) == 0
}

// crowd is the family of a node if it is large, else nil.
func (t *Tree) crowd(at number) *family {
	if at == 0 || t.children(t.nodes.at(at)) < longList {
		return nil
	}
	return t.families.at(t.nodes.at(at).family)
}

// Prepare makes the names of the children at path ready for reads to come, without keeping anyone waiting for long: it
// takes the locks for one short stretch after the other. Alone is held by who needs the tree for himself, shared by
// readers. What changes meanwhile is brought in too, but twice at most: where children never rest the reader does the rest.
// One call at a time, please: who comes second finds nothing to do.
func (t *Tree) Prepare(path string, alone, shared Locker) {
	if t.unlisted(path, shared) {
		t.compile(path, alone, shared)
	}
	t.update(path, shared)
}

// unlisted reports whether there are many children at path, and no list of them.
func (t *Tree) unlisted(path string, shared Locker) (unlisted bool) {
	locked(shared, func() {
		f := t.crowd(t.find(path))
		unlisted = f != nil && f.sorted.Load().missing()
	})
	return unlisted
}

// compile makes a list of the children at path if they are many and there is none.
func (t *Tree) compile(path string, alone, shared Locker) {
	var image *Image
	var f *family
	at, pending := number(0), &list{pending: true}
	locked(alone, func() {
		at = t.find(path)
		if f = t.crowd(at); f != nil && f.sorted.Load().missing() {
			image = t.Capture()
			f.sorted.Store(pending)
		}
	})
	if image == nil {
		return
	}
	names := image.names(at, shared)
	locked(alone, func() {
		if f.sorted.Load() == pending {
			f.sorted.Store(&list{names: names, changes: pending.changes})
		}
		image.Release()
	})
}

// update brings what has changed into the list of the children at path, if they are many and there is one.
func (t *Tree) update(path string, shared Locker) {
	u := renewal{}
	room := int64(fewChanges)
	locked(shared, func() {
		if u.family = t.crowd(t.find(path)); u.family != nil && !u.family.sorted.Load().missing() {
			u.held = u.family.sorted.Load()
			u.changes, room = u.held.changes, room+u.family.children
		}
	})
	if len(u.changes) == 0 {
		return
	}
	u.list = u.held.merge(u.changes, room)
	for patches := maxPatches; ; patches-- {
		rest := u.publish(shared, patches > 0)
		if len(rest) == 0 {
			return
		}
		u.list.patch(rest)
	}
}

const maxPatches = 2

// renewal is a list under way that is to take the place of another.
type renewal struct {
	family  *family
	held    *list
	changes []arrival // of the one that is held: those that are in the new one
	list    *list
}

// publish puts the new list in place of the other, unless somebody did, or the node has gone; or it gives a few changes that
// are to be brought in before, if that may be.
func (u *renewal) publish(shared Locker, before bool) (rest []arrival) {
	locked(shared, func() {
		rest, u.changes = u.held.changes[len(u.changes):], u.held.changes
		if before && len(rest) > 0 && len(rest) <= fewChanges {
			return
		}
		u.list.names, u.list.changes = slices.Clip(u.list.names), slices.Clone(rest)
		u.family.sorted.CompareAndSwap(u.held, u.list)
		rest = nil
	})
	return rest
}

// names lists the children that a node had, of which there was at least one.
func (i *Image) names(at number, lock Locker) []string {
	w := walk{image: i}
	var names []string
	locked(lock, func() {
		v := i.view(at)
		w.enter(at, &v)
		names = make([]string, 0, v.children)
	})
	d := &w.open[0]
	for !d.listed {
		locked(lock, func() { w.gather(d) })
		d.sort()
	}
	for ; len(d.kids) > 0; d.sort() {
		for _, kid := range d.kids {
			names = append(names, kid.name)
		}
		d.kids = nil
	}
	return owned(names)
}

func locked(lock Locker, do func()) {
	lock.Lock()
	defer lock.Unlock()
	do()
}
