package replica

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"
)

// Seed is what a new cluster begins with: what another one had come to.
type Seed struct {
	Snapshot    io.Reader // what Snapshot.WriteTo wrote; nil: none, and Entries begin with 1
	Index, Term uint64    // of the last entry in it

	// Entries follow on the snapshot without a gap. Those about members are told to the machine, which may have made
	// something of them, and count for nothing else.
	Entries iter.Seq2[Stored, error]

	// Name tells seeds apart. Nodes planted with the same members and name are one cluster, a new one.
	Name string
}

// Plant makes the folder of a log for a node of a new cluster with these members, all of them voters. Open then finds
// the seed there, and behind it an entry with the members. What lies in dir is not touched: with a log in it there is an
// error. When it fails, what it has made remains.
func Plant(dir string, members []Member, seed Seed) error {
	for _, name := range []string{"wal", "snapshots"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s: there is a log already: %w", dir, errors.Join(err, os.ErrExist))
		}
	}
	cfg := Config{ID: "seed", Dir: dir}
	if err := cfg.applyDefaultsAndValidate(); err != nil {
		return err
	}
	fault := &fault{tell: func() {}}
	s, err := openStore(&cfg, newBridge(cfg.Logger), fault)
	if err != nil {
		return err
	}
	return errors.Join(s.plant(voters(members), seed), s.setCluster(seed.cluster(members)),
		s.SetUint64(plantedKey, uint64(newCluster(members))), s.close())
}

// cluster is the id of the new cluster, which every node that is planted must come to alone.
func (s *Seed) cluster(members []Member) clusterID {
	if len(members) < 2 {
		return newCluster(members)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v %s", newCluster(members), s.Name))
	return clusterID(binary.BigEndian.Uint64(sum[:]) | 1)
}

func (s *store) plant(members raft.Configuration, seed Seed) error {
	last := raft.Log{Index: seed.Index, Term: seed.Term}
	if seed.Snapshot != nil {
		if err := s.plantSnapshot(members, seed); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	for stored, err := range seed.Entries {
		if err != nil {
			return err
		}
		entry, err := follow(&last, stored)
		if err == nil {
			err = s.StoreLog(entry)
		}
		if err != nil {
			return err
		}
		last = *entry
	}
	if last.Index == 0 {
		return errors.New("there is nothing to begin with")
	}
	end := raft.Log{Index: last.Index + 1, Term: last.Term, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(members)}
	return errors.Join(s.StoreLog(&end), s.SetUint64(currentTerm, last.Term))
}

// follow makes the entry that comes behind last.
func follow(last *raft.Log, s Stored) (*raft.Log, error) {
	if s.Index != last.Index+1 || s.Term < last.Term {
		return nil, fmt.Errorf("entry %d of term %d cannot follow on entry %d of term %d", s.Index, s.Term, last.Index, last.Term)
	}
	var err error
	switch s.Kind {
	case KindRecords:
		_, err = s.Entry()
	case KindMembers:
		_, err = s.Members()
	case KindNoop, KindBarrier:
	default:
		err = fmt.Errorf("entry %d: %v", s.Index, s.Kind)
	}
	return &raft.Log{Index: s.Index, Term: s.Term, Type: raft.LogType(s.Kind), Data: s.Data, AppendedAt: s.At}, err
}

func (s *store) plantSnapshot(members raft.Configuration, seed Seed) error {
	_, transport := raft.NewInmemTransport("") // only says how an address is written
	sink, err := s.snapshots.Create(1, seed.Index, seed.Term, members, seed.Index, transport)
	if err != nil {
		return err
	}
	w, err := wrap(sink)
	if err == nil {
		_, err = io.Copy(w, seed.Snapshot)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return errors.Join(err, sink.Cancel())
	}
	return sink.Close()
}
