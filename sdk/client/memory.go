package client

import (
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk"
)

// memory is what a client knows from one connection to the next: how far it has seen, and what it watches.
type memory struct {
	zxid    atomic.Int64 // of the latest reply
	watches watchTable
}

func newMemory() *memory { return &memory{} }

// saw notes the zxid of a reply. Events do not count: one that is still on its way must not be thought seen.
func (m *memory) saw(zxid int64) {
	if zxid > m.zxid.Load() {
		m.zxid.Store(zxid)
	}
}

// watch sets the watch that was left with a read, if its reply says that the server did: an exists always does, on a
// node or on its absence, other reads when they succeed.
func (m *memory) watch(call *call, code sdk.Code) {
	switch {
	case call.watch == nil:
	case code == sdk.CodeNoNode && call.kind == sdk.OpExists:
		m.watches.add(existWatch, call.path, call.watch)
	case code != sdk.OK:
	case call.kind == sdk.OpGetChildren2:
		m.watches.add(childWatch, call.path, call.watch)
	default:
		m.watches.add(dataWatch, call.path, call.watch)
	}
}
