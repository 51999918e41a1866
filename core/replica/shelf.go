package replica

import (
	"io"

	"github.com/hashicorp/raft"
)

// shelf is raft's store of snapshots. What it opens remembers the configuration that the snapshot was taken under: raft
// restores that itself, and does not tell the machine.
type shelf struct{ raft.SnapshotStore }

// Open implements raft.SnapshotStore.
func (s shelf) Open(id string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	meta, r, err := s.SnapshotStore.Open(id)
	if err != nil {
		return nil, nil, err
	}
	return meta, &shelved{r, meta.ConfigurationIndex}, nil
}

// shelved is an open snapshot of a shelf.
type shelved struct {
	io.ReadCloser
	members uint64 // index of the configuration
}

// membersOf is the index of the configuration of a snapshot of a shelf, also of one that raft has wrapped to count what
// is read; 0 of any other.
func membersOf(source io.ReadCloser) uint64 {
	if w, ok := source.(raft.ReadCloserWrapper); ok {
		source = w.WrappedReadCloser()
	}
	if s, ok := source.(*shelved); ok {
		return s.members
	}
	return 0
}
