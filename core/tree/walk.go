package tree

// walk goes through the nodes of an image, each before its children, children in ascending order of their names. It keeps
// its own stack: the depth of the tree is its clients' to choose.
type walk struct {
	image *Image
	open  []dir  // nodes whose children are to come, each below the one before it
	path  []byte // of the innermost of them, "" for the root
}

// dir is what is still to come of the children of a node.
type dir struct {
	path   int    // length of its path
	next   number // the next child to be gathered of those that are there
	left   leavers
	listed bool  // all of them are gathered
	fresh  []kid // gathered in this stretch of the lock
	runs   runs  // gathered before
	kids   []kid // in order: those that come next
	room   []kid // where they are put together when there are many
}

const (
	manyKids  = 256  // so many are not sorted while the lock is held
	gatherOne = 1024 // so many are gathered in one stretch of the lock
)

// enter has the children of a node come next. The lock is held.
func (w *walk) enter(at number, v *view) {
	if v.children == 0 {
		return
	}
	d := dir{left: w.image.left(at), path: len(w.path), fresh: make([]kid, 0, min(v.children, gatherOne))}
	if family := w.image.tree.nodes.at(at).family; family != 0 {
		d.next = w.image.tree.families.at(family).first
	}
	w.open = append(w.open, d)
}

// next is the next node; ok is false at the end, and when the lock should be let go of for a moment, for sort to do its
// work. The lock is held.
func (w *walk) next() (at number, name string, ok bool) {
	for len(w.open) > 0 {
		d := &w.open[len(w.open)-1]
		switch {
		case len(d.kids) > 0:
			kid := d.kids[0]
			d.kids = d.kids[1:]
			w.path = append(append(w.path[:d.path], '/'), kid.name...)
			return kid.at, kid.name, true
		case !d.listed:
			if w.gather(d); !d.listed {
				return 0, "", false
			}
		case len(d.fresh) > manyKids || d.runs.left():
			return 0, "", false
		case len(d.fresh) > 0:
			d.sort()
		default:
			w.open = w.open[:len(w.open)-1]
		}
	}
	return 0, "", false
}

// done reports whether the walk is at its end.
func (w *walk) done() bool { return len(w.open) == 0 }

// gather lists some of the children of a node: first those that are there, then those that have left by then. New ones stand
// before those that were there, and one that leaves goes on knowing the next, so no child that the image has is missed; it
// may come twice when it left in between.
func (w *walk) gather(d *dir) {
	if d.fresh == nil {
		d.fresh = make([]kid, 0, gatherOne)
	}
	for range gatherOne {
		at := d.next
		if at != 0 {
			d.next = w.image.tree.nodes.at(at).next
		} else if at = d.left.next(); at == 0 {
			d.listed = true
			return
		}
		if w.image.has(at) {
			d.fresh = append(d.fresh, kid{w.image.tree.name(w.image.tree.nodes.at(at)), at})
		}
	}
}

// sort makes the children that come next ready, as far as they are there. It needs no lock, and does no more at a time than
// comes of one stretch of it.
func (w *walk) sort() {
	if len(w.open) > 0 {
		w.open[len(w.open)-1].sort()
	}
}

func (d *dir) sort() {
	d.runs.add(d.fresh)
	d.fresh = nil
	if d.listed && len(d.kids) == 0 {
		d.kids, d.room = d.runs.take(d.room)
	}
}
