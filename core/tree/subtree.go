package tree

import "github.com/grove-coordination/grove/sdk"

// Node is a node as an image has it. Data and ACL are shared, may be kept and must not be changed.
type Node struct {
	Path string
	Data []byte // nil and empty are different values
	ACL  []sdk.ACL
	Stat sdk.Stat
}

// Walk goes through what an image has at a path and below it: each node before its children, children in ascending order
// of their names. It is used by one goroutine at a time, until the image is released.
type Walk struct {
	walk
	lock Locker
	root number // the next node, if it is the first
}

// Walk begins a walk at path, which has nothing to give if the image has no such node. It takes the lock for one moment
// after the other, each Next for one.
func (i *Image) Walk(path string, lock Locker) *Walk {
	w := &Walk{walk: walk{image: i}, lock: lock, root: i.find(path, lock)}
	if path != rootPath {
		w.path = append(w.path, path...)
	}
	return w
}

// Next fills dst with the nodes that come next and returns how many: 0 only at the end, for a dst that has room. It asks
// for no permission.
func (w *Walk) Next(dst []Node) (n int) {
	for n == 0 && len(dst) > 0 && (w.root != 0 || !w.done()) {
		w.sort()
		n = w.fill(dst)
	}
	return n
}

func (w *Walk) fill(dst []Node) (n int) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.root != 0 {
		dst[0], n = w.node(w.root), 1
		w.root = 0
	}
	for n < min(len(dst), walkAhead) {
		at, _, ok := w.next()
		if !ok {
			break
		}
		dst[n] = w.node(at)
		n++
	}
	return n
}

// walkAhead is how many nodes are taken while the lock is held.
const walkAhead = 256

// node is what there is of the node at hand, whose children come next.
func (w *Walk) node(at number) Node {
	v := w.image.view(at)
	path := rootPath
	if len(w.path) > 0 {
		path = string(w.path)
	}
	w.enter(at, &v)
	return Node{Path: path, Data: v.data, ACL: v.acl.entries, Stat: v.stat()}
}
