package replica

import (
	"sync"

	"github.com/hashicorp/raft"
)

// recent are the last entries of the log, in memory. Raft reads each again as soon as it is written: the leader once for
// each follower, a follower to apply it. Raft's own LogCache has no bound in bytes, and a packed entry can be large.
type recent struct {
	mu      sync.RWMutex // guards the two below
	entries []*raft.Log  // without a gap
	bytes   int
}

const (
	recentBytes = 4 << 20
	perEntry    = 128 // bytes of an entry beside its data, about
)

// add takes entries that the log has taken; they are not changed any more.
func (r *recent) add(entries []*raft.Log) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.entries); n > 0 && r.entries[n-1].Index+1 != entries[0].Index {
		r.entries, r.bytes = nil, 0
	}
	for _, e := range entries {
		r.bytes += len(e.Data) + perEntry
	}
	r.entries = append(r.entries, entries...)
	r.trim()
}

// trim lets go of the oldest; called with mu held.
func (r *recent) trim() {
	gone := 0
	for ; r.bytes > recentBytes && gone < len(r.entries); gone++ {
		r.bytes -= len(r.entries[gone].Data) + perEntry
	}
	if gone > 0 {
		clear(r.entries[:gone])
		r.entries = r.entries[gone:]
	}
}

// get fills entry, whose data it shares, if it is among the last.
func (r *recent) get(index uint64, entry *raft.Log) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.entries) == 0 || index < r.entries[0].Index {
		return false
	}
	i := index - r.entries[0].Index
	if i >= uint64(len(r.entries)) {
		return false
	}
	*entry = *r.entries[i]
	return true
}

// forget lets go of all.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.bytes = nil, 0
}
