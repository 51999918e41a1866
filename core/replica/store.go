package replica

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
)

// store is what raft keeps on disk: log, term and vote in wal/, snapshots in snapshots/.
type store struct {
	*wal.WAL  // raft.LogStore and raft.StableStore
	meta      metadb.BoltMetaDB
	snapshots raft.SnapshotStore
}

func openStore(cfg *Config, bridge *bridge) (*store, error) {
	dir := filepath.Join(cfg.Dir, "wal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	var (
		s   store
		err error
	)
	if s.snapshots, err = raft.NewFileSnapshotStoreWithLogger(cfg.Dir, cfg.SnapshotRetain, bridge.Named("snapshot")); err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	if s.WAL, err = wal.Open(dir, wal.WithMetaStore(&s.meta), wal.WithSegmentSize(cfg.SegmentSize), wal.WithLogger(bridge.Named("wal"))); err != nil {
		return nil, errors.Join(fmt.Errorf("log in %s: %w", dir, err), s.meta.Close())
	}
	return &s, nil
}

// close closes the files. The log does not close its own meta store, which would keep the folder locked.
func (s *store) close() error { return errors.Join(s.WAL.Close(), s.meta.Close()) }

// bootstrap writes the first configuration into an empty log. A node that was killed in the middle of that has a term
// but no log; raft would take it for a node with a past, and it would wait for a leader for ever. It never voted, for
// it never ran: it may begin again.
func (s *store) bootstrap(conf *raft.Config, transport raft.Transport, first raft.Configuration) error {
	last, err := s.LastIndex()
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	snapshots, err := s.snapshots.List()
	if err != nil {
		return fmt.Errorf("snapshots: %w", err)
	}
	if last > 0 || len(snapshots) > 0 {
		return nil
	}
	if err := s.SetUint64([]byte("CurrentTerm"), 0); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if err := raft.BootstrapCluster(conf, s, s, s.snapshots, transport, first); err != nil {
		return fmt.Errorf("first configuration: %w", err)
	}
	return nil
}
