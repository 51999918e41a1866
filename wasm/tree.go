package wasm

import "github.com/grove-coordination/grove/sdk/abi"

// getNode is grove.get(path, size, into, room).
func getNode(in *instance, stack []uint64) {
	path, ok := in.asked(stack)
	if !ok {
		return
	}
	node := in.tree.Get(path)
	if into := in.answer(stack, abi.NodeSize(&node)); into != nil {
		abi.AppendNode(into, &node)
	}
}

// getChildren is grove.children(path, size, into, room).
func getChildren(in *instance, stack []uint64) {
	path, ok := in.asked(stack)
	if !ok {
		return
	}
	names := in.tree.Children(path)
	if into := in.answer(stack, abi.ChildrenSize(names)); into != nil {
		abi.AppendChildren(into, names)
	}
}

// asked is the path that a module asks for, paid for by its length. When it may not ask, the answer is 0.
func (in *instance) asked(stack []uint64) (string, bool) {
	path, ok := in.read(uint32(stack[0]), uint32(stack[1]))
	if ok = ok && in.tree != nil; !ok {
		stack[0] = 0
		return "", false
	}
	in.pay(len(path))
	return string(path), true
}

// pay takes from the slice of fuel under way, which may then be less than nothing: the guest finds out before its next
// loop or function, and else the host when it returns.
func (in *instance) pay(price int) {
	in.current.Set(uint64(int64(in.current.Get()) - int64(price)))
}

// answer says how large the answer is and lets the module pay for it. It returns the guest's memory to append to, or
// nil when there is too little of it.
func (in *instance) answer(stack []uint64, size int) []byte {
	into, room := uint32(stack[2]), uint32(stack[3])
	stack[0] = uint64(size)
	in.pay(size)
	if uint64(size) > uint64(room) {
		return nil
	}
	lent, ok := in.read(into, uint32(size))
	if !ok {
		stack[0] = 0
		return nil
	}
	return lent[:0]
}
