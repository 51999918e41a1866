package tree

// longList is how many children are so many that their names are not gathered and sorted in one go while others wait.
const longList = 4096

// Ready reports whether a read of the children at path takes little time: there are not many, or their names are at hand.
func (t *Tree) Ready(path string) bool {
	f := t.unlisted(t.find(path))
	return f == nil
}

// unlisted is the family of a node if it is large and there is no list of it, else nil.
func (t *Tree) unlisted(at number) *family {
	if at == 0 || t.children(t.nodes.at(at)) < longList {
		return nil
	}
	f := t.families.at(t.nodes.at(at).family)
	if held := f.sorted.Load(); held != nil && !held.pending {
		return nil
	}
	return f
}

// Prepare makes the names of the children at path ready for reads to come, without keeping anyone waiting for long: it
// takes the locks for one short stretch after the other. Alone is held by who needs the tree for himself, shared by
// readers. One call at a time, please: who comes second finds nothing to do.
func (t *Tree) Prepare(path string, alone, shared Locker) {
	var image *Image
	var f *family
	at, pending := number(0), &list{pending: true}
	locked(alone, func() {
		if at = t.find(path); t.unlisted(at) != nil {
			image, f = t.Capture(), t.unlisted(at)
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

// names lists the children that a node had, of which there was at least one.
func (i *Image) names(at number, lock Locker) []string {
	w := walk{image: i}
	locked(lock, func() {
		v := i.view(at)
		w.enter(at, &v)
	})
	d := &w.open[0]
	for d.state == listing {
		locked(lock, func() { w.gather(d) })
		d.take()
	}
	d.sort()
	names := make([]string, 0, len(d.kids))
	for _, kid := range d.kids {
		names = append(names, kid.name)
	}
	return owned(names)
}

func locked(lock Locker, do func()) {
	lock.Lock()
	defer lock.Unlock()
	do()
}
