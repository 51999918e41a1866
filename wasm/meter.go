package wasm

import "sync/atomic"

// meter adds up what calls use.
type meter struct{ total, most atomic.Uint64 }

func (m *meter) count(fuel uint64) {
	m.total.Add(fuel)
	for old := m.most.Load(); fuel > old && !m.most.CompareAndSwap(old, fuel); old = m.most.Load() {
	}
}

// used is what the last call took of its budget; all of it when that was not enough.
func (in *instance) used(budget uint64) uint64 {
	if in.exhausted() {
		return budget
	}
	return budget - in.current.Get() - in.reserve.Get()
}
