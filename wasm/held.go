package wasm

import "sync/atomic"

// held is what a validator has in memory, without its code: the instances that are not closed, and how large their
// memories were after their last calls.
type held struct{ instances, bytes atomic.Int64 }

// Instances is how many there are, at work or waiting for it, and how many bytes their memories have.
func (v *Validator) Instances() (count int, bytes uint64) {
	return int(v.held.instances.Load()), uint64(max(v.held.bytes.Load(), 0))
}

func (h *held) add(in *instance) {
	h.instances.Add(1)
	h.grown(in)
}

// grown takes note of how large the memory is now.
func (h *held) grown(in *instance) {
	size := in.memory.Size()
	h.bytes.Add(int64(size) - int64(in.told))
	in.told = size
}

func (h *held) remove(in *instance) {
	h.instances.Add(-1)
	h.bytes.Add(-int64(in.told))
}
