package replica

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/metadb"
	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

var (
	_ raft.LogStore          = (*store)(nil)
	_ raft.MonotonicLogStore = (*store)(nil)
	_ raft.StableStore       = (*store)(nil)
)

// store is what raft keeps on disk: log, term and vote in wal/, snapshots in snapshots/. After the first failure it
// takes nothing any more: what raft then says to others, it says of what is durable.
type store struct {
	*wal.WAL
	meta      types.MetaStore
	fault     *fault
	broom     *broom
	snapshots raft.SnapshotStore
	recent    recent
	was       clusterID         // that the log has belonged to since it held something; 0: it never did
	emptied   atomic.Bool       // the meta store has a note that the log was emptied
	floor     atomic.Uint64     // in this term and those before, this node votes for nobody: it has forgotten whether it did
	writing   func([]*raft.Log) // hears of entries before they are durable, unless nothing is taken any more
}

func openStore(cfg *Config, bridge *bridge, fault *fault) (*store, error) {
	dir := filepath.Join(cfg.Dir, "wal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	s := &store{meta: &book{cfg.meta, fault}, fault: fault, writing: func([]*raft.Log) {}}
	if cfg.meta == nil {
		s.meta = &book{new(metadb.BoltMetaDB), fault}
	}
	if err := clearLeftovers(cfg.Dir); err != nil {
		return nil, err
	}
	var err error
	if s.was, err = recall(cfg.Dir); err != nil {
		return nil, err
	}
	if s.snapshots, err = raft.NewFileSnapshotStoreWithLogger(cfg.Dir, cfg.SnapshotRetain, bridge.Named("snapshot")); err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	if err := s.open(cfg, dir, bridge); err != nil {
		return nil, errors.Join(err, s.meta.Close())
	}
	floor, err := s.GetUint64(floorKey)
	if err = errors.Join(err, s.outrun()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.floor.Store(floor)
	return s, nil
}

// clearLeftovers removes the snapshots that a node was writing when it was killed: nobody would ever.
func clearLeftovers(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.tmp"))
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	if err != nil {
		return fmt.Errorf("snapshots: %w", err)
	}
	return nil
}

// outrun empties a log that ends before the newest snapshot does: a node that was killed while it took the snapshot of
// its leader, or whose disk has kept the one and not the other. Raft would append behind the snapshot, and raft-wal takes
// no entry but the next. What is in such a log is in the snapshot, or was never committed.
func (s *store) outrun() error {
	list, err := s.snapshots.List()
	last, more := s.LastIndex()
	first, most := s.FirstIndex()
	if err = errors.Join(err, more, most); err != nil || len(list) == 0 || last == 0 || last >= list[0].Index {
		return err
	}
	_, r, err := s.snapshots.Open(list[0].ID) // compares its checksum
	if err != nil {
		return fmt.Errorf("snapshot %s: %w", list[0].ID, err)
	}
	return errors.Join(r.Close(), s.DeleteRange(first, last))
}

// open checks the log before raft-wal may make of it what it can.
func (s *store) open(cfg *Config, dir string, bridge *bridge) error {
	vfs := &drive{cfg.Disk, s.fault}
	if vfs.VFS == nil {
		vfs.VFS = fs.New()
	}
	checkup := checkup{vfs: vfs, meta: s.meta, dir: dir, size: uint32(cfg.SegmentSize), used: s.was != 0}
	if name := filepath.Join(dir, metadb.FileName); checkup.used && cfg.meta == nil {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			return lostMeta(name, "it is gone")
		}
	}
	if err := checkup.run(); err != nil {
		return err
	}
	s.emptied.Store(checkup.emptied)
	var err error
	s.broom = &broom{VFS: vfs, logger: bridge.to}
	s.WAL, err = wal.Open(dir, wal.WithMetaStore(s.meta), wal.WithSegmentFiler(segment.NewFiler(dir, s.broom)),
		wal.WithSegmentSize(cfg.SegmentSize), wal.WithLogger(bridge.Named("wal")))
	if err != nil {
		return fmt.Errorf("log in %s: %w", dir, err)
	}
	if err := syncDir(dir); err != nil { // raft-wal trusts that it has seen to that when it made the tail
		return errors.Join(fmt.Errorf("log: %w", err), s.WAL.Close())
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// close closes the files, those of the meta store too.
func (s *store) close() error {
	defer s.broom.wait()
	return s.WAL.Close()
}

// StoreLog implements raft.LogStore.
func (s *store) StoreLog(entry *raft.Log) error { return s.StoreLogs([]*raft.Log{entry}) }

// StoreLogs implements raft.LogStore.
func (s *store) StoreLogs(entries []*raft.Log) error {
	return s.fault.guard("append to the log", func() error {
		s.writing(entries)
		if err := s.WAL.StoreLogs(entries); err != nil {
			return err
		}
		if err := s.noteFilled(); err != nil {
			return err
		}
		s.recent.add(entries)
		return nil
	})
}

// GetLog implements raft.LogStore.
func (s *store) GetLog(index uint64, entry *raft.Log) error {
	if s.recent.get(index, entry) {
		return nil
	}
	return s.WAL.GetLog(index, entry)
}

// Raft's keys.
var (
	currentTerm  = []byte("CurrentTerm")
	lastVoteTerm = []byte("LastVoteTerm")
)

// errForgotten keeps raft from a vote: it gives none that was not kept.
var errForgotten = errors.New("no vote in a term in which this node may have voted, and has forgotten for whom")

// SetUint64 implements raft.StableStore. Raft ends the process when it cannot write its term. That one failure is kept
// from it: the node stands aside at once, and in between a term that is in memory only does no harm, for a vote in it
// or an entry of it is not taken either.
func (s *store) SetUint64(key []byte, value uint64) error {
	if string(key) == string(lastVoteTerm) && value <= s.floor.Load() {
		return errForgotten
	}
	err := s.WAL.SetUint64(key, value)
	if string(key) == string(currentTerm) {
		return nil
	}
	return err
}

// past reports whether there is a log, or was one before a snapshot.
func (s *store) past() (bool, error) {
	last, err := s.LastIndex()
	if err != nil {
		return false, fmt.Errorf("log: %w", err)
	}
	snapshots, err := s.snapshots.List()
	if err != nil {
		return false, fmt.Errorf("snapshots: %w", err)
	}
	return last > 0 || len(snapshots) > 0, nil
}

var clusterKey = []byte("GroveCluster")

// plantedKey is what the id of a cluster that was planted would be, had its members begun it: they are known by that.
var plantedKey = []byte("GrovePlanted")

// cluster is the one that the log belongs to, 0 for none yet.
func (s *store) cluster() (clusterID, error) { return s.number(clusterKey) }

func (s *store) number(key []byte) (clusterID, error) {
	id, err := s.GetUint64(key)
	if err != nil {
		return 0, fmt.Errorf("log: %s: %w", key, err)
	}
	return clusterID(id), nil
}

func (s *store) setCluster(id clusterID) error {
	if err := s.SetUint64(clusterKey, uint64(id)); err != nil {
		return fmt.Errorf("log: cluster: %w", err)
	}
	return nil
}

// resetTerm forgets the term of a node that was killed in the middle of its beginning, and has no log: raft would take it
// for a node with a past, and it could not begin again.
func (s *store) resetTerm() error {
	if err := s.SetUint64(currentTerm, 0); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return s.fault.err()
}

// floorKey keeps floor.
var floorKey = []byte("GroveVoteFloor")

func (s *store) abstain(until uint64) error {
	s.floor.Store(until)
	if err := s.SetUint64(floorKey, until); err != nil {
		return fmt.Errorf("log: %s: %w", floorKey, err)
	}
	return nil
}

// owedKey notes that a node was let in without a vote and is to have one: it may be killed in between.
var owedKey = []byte("GroveVoteOwed")

func (s *store) oweVote(owed bool) error {
	var value uint64
	if owed {
		value = 1
	}
	was, err := s.number(owedKey)
	if err == nil && uint64(was) != value {
		err = s.SetUint64(owedKey, value)
	}
	if err != nil {
		return fmt.Errorf("log: %s: %w", owedKey, err)
	}
	return nil
}

// bootstrap writes the first configuration of a cluster of one into an empty log.
func (s *store) bootstrap(conf *raft.Config, transport raft.Transport, first raft.Configuration) error {
	if err := s.resetTerm(); err != nil {
		return err
	}
	if err := raft.BootstrapCluster(conf, s, s, s.snapshots, transport, first); err != nil {
		return fmt.Errorf("first configuration: %w", err)
	}
	return s.fault.err()
}
