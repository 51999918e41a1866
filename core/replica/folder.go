package replica

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/metadb"
	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// Folder is the folder of a log that no node has open, to be read; nothing in it is changed. The caller holds the folder
// for as long, and is the only one to use it.
type Folder struct {
	Cluster string // "" when it belongs to none yet
	Term    uint64 // the newest that this node has heard of

	meta      types.MetaStore
	state     types.PersistentState
	check     checkup
	snapshots raft.SnapshotStore
	shelf     string // their folder
}

// Kept is a snapshot in a folder.
type Kept struct {
	ID          string
	Index, Term uint64 // of the last entry in it
	Size        int64  // bytes of its file
	Members     []Standing
	Err         error // it is damaged, and counts for nothing; Index and Term are those of its name. nil: it is whole
}

// Kind is what an entry of the log is for. The numbers are raft's.
type Kind byte

// The kinds of entries.
const (
	KindRecords = Kind(raft.LogCommand)
	KindNoop    = Kind(raft.LogNoop)    // begins a term
	KindBarrier = Kind(raft.LogBarrier) // is waited for by a leader who begins
	KindMembers = Kind(raft.LogConfiguration)
)

// String is the kind in a word.
func (k Kind) String() string {
	switch k {
	case KindRecords:
		return "records"
	case KindNoop:
		return "noop"
	case KindBarrier:
		return "barrier"
	case KindMembers:
		return "members"
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// Stored is an entry as it stands in a log. The last ones may not be committed.
type Stored struct {
	Index, Term uint64
	Kind        Kind
	At          time.Time // the leader's clock when it was written
	Data        []byte    // an envelope of records, or raft's form of members
}

// Entry is what Machine.Apply is given for s. It has no records when s is of another kind, and when they count for nothing
// because they were packed in another term.
func (s Stored) Entry() (Entry, error) {
	e := Entry{Index: s.Index, Term: s.Term}
	if s.Kind != KindRecords {
		return e, nil
	}
	term, ms, records, err := openEnvelope(nil, s.Data)
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", s.Index, err)
	}
	if term == s.Term {
		e.Time, e.Records = ms, records
	}
	return e, nil
}

// Members are what Machine.Members is told for s, which is of KindMembers.
func (s Stored) Members() (members []Standing, err error) {
	defer func() {
		if recover() != nil { // raft trusts its own log
			err = fmt.Errorf("entry %d: members cannot be read", s.Index)
		}
	}()
	return standings(raft.DecodeConfiguration(s.Data)), nil
}

// manySnapshots are more than anybody retains.
const manySnapshots = 1 << 10

var errNoLog = errors.New("no log of a node")

// OpenFolder opens the folder that Config.Dir names. It must be closed.
func OpenFolder(dir string) (*Folder, error) {
	in := filepath.Join(dir, "wal")
	for _, name := range []string{in, filepath.Join(in, metadb.FileName), filepath.Join(dir, "snapshots")} {
		if _, err := os.Stat(name); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", dir, errNoLog, err)
		}
	}
	f := &Folder{meta: new(metadb.BoltMetaDB), shelf: filepath.Join(dir, "snapshots")}
	was, err := recall(dir)
	if err != nil {
		return nil, err
	}
	if f.snapshots, err = raft.NewFileSnapshotStoreWithLogger(dir, manySnapshots, hclog.NewNullLogger()); err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	if err = f.load(in); err == nil && was != 0 {
		err = f.check.whole(f.state)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Folder) load(in string) (err error) {
	if f.state, err = loadState(f.meta, in); err != nil {
		return err
	}
	f.check = checkup{vfs: fs.New(), meta: f.meta, dir: in}
	if f.check.emptied, err = wasEmptied(f.meta); err != nil {
		return err
	}
	cluster, err := f.number(clusterKey)
	if cluster != 0 {
		f.Cluster = clusterID(cluster).String()
	}
	if err == nil {
		f.Term, err = f.number(currentTerm)
	}
	return err
}

// number reads a number as raft-wal keeps them.
func (f *Folder) number(key []byte) (uint64, error) {
	raw, err := f.meta.GetStable(key)
	switch {
	case err != nil:
		return 0, fmt.Errorf("log: %s: %w", key, err)
	case len(raw) == 0:
		return 0, nil
	case len(raw) != 8:
		return 0, fmt.Errorf("log: %s: %w: %d bytes", key, ErrDamaged, len(raw))
	}
	return binary.LittleEndian.Uint64(raw), nil
}

// Close lets go of the files.
func (f *Folder) Close() error { return f.meta.Close() }

// Snapshots lists what Restore can begin with, newest first, and among them what it cannot, which has an Err.
func (f *Folder) Snapshots() (kept []Kept, err error) {
	found, err := os.ReadDir(f.shelf)
	if err != nil {
		return nil, fmt.Errorf("snapshots: %w", err)
	}
	for _, d := range found {
		if d.IsDir() && !strings.HasSuffix(d.Name(), ".tmp") { // which was being written
			kept = append(kept, f.kept(d.Name()))
		}
	}
	slices.SortFunc(kept, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(b.Term, a.Term), cmp.Compare(b.Index, a.Index), cmp.Compare(b.ID, a.ID))
	})
	return kept, nil
}

func (f *Folder) kept(id string) Kept {
	k := Kept{ID: id}
	_, _ = fmt.Sscanf(id, "%d-%d-", &k.Term, &k.Index) // another name says nothing
	meta, r, err := f.snapshots.Open(id)
	if err == nil && (meta.Version < raft.SnapshotVersionMin || meta.Version > raft.SnapshotVersionMax) {
		err = errors.Join(fmt.Errorf("version %d is not known", meta.Version), r.Close())
	}
	if err != nil {
		k.Err = fmt.Errorf("snapshot %s: %s: %w", id, f.culprit(id), err)
		return k
	}
	_ = r.Close()
	return Kept{id, meta.Index, meta.Term, meta.Size, standings(meta.Configuration), nil}
}

// culprit is which file of a snapshot is damaged.
func (f *Folder) culprit(id string) string {
	const name = "meta.json"
	text, err := os.ReadFile(filepath.Join(f.shelf, id, name))
	if err != nil || json.Unmarshal(text, new(raft.SnapshotMeta)) != nil {
		return name
	}
	return "state.bin"
}

// Snapshot gives what [Snapshot.WriteTo] wrote, after the checksum of the whole has been compared. The caller closes it.
func (f *Folder) Snapshot(id string) (io.ReadCloser, error) {
	_, r, err := f.snapshots.Open(id)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", id, err)
	}
	content, err := unwrap(r)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("snapshot %s: %w", id, err), r.Close())
	}
	return both{content, r}, nil
}

// both closes a stream and what is below it.
type both struct {
	io.ReadCloser
	below io.Closer
}

// Close implements io.Closer.
func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.below.Close()) }

// Entries gives the entries of the log from an index on, as far as they are whole, and then the error that ends it, which
// is ErrDamaged for damage.
func (f *Folder) Entries(from uint64) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		for _, info := range f.state.Segments {
			sealed := !info.SealTime.IsZero()
			if sealed && info.MaxIndex < from {
				continue
			}
			last, count, err := f.check.read(info)
			if errors.Is(err, os.ErrNotExist) && !sealed {
				return // made known, and not made yet
			}
			if err == nil && sealed && info.BaseIndex+uint64(count) <= info.MaxIndex {
				err = f.check.damaged(info, last.end, count)
			}
			if errors.Is(err, ErrDamaged) {
				last, _ = readSegment(f.check.buf.Bytes())
			}
			if !f.give(info, last.end, from, yield) {
				return
			}
			if err != nil {
				yield(Stored{}, err)
				return
			}
		}
	}
}

// give yields the entries of the file that is in the buffer, as far as end.
func (f *Folder) give(info types.SegmentInfo, end int, from uint64, yield func(Stored, error) bool) bool {
	data, index := f.check.buf.Bytes(), info.BaseIndex
	for pos := segmentHeader; pos < end; {
		kind, next, _ := readFrame(data, pos)
		if kind == segment.FrameEntry {
			gone := index < info.MinIndex || !info.SealTime.IsZero() && index > info.MaxIndex // cut off
			if !gone && index >= from && !yield(storedAt(data, pos)) {
				return false
			}
			index++
		}
		pos = next
	}
	return true
}

// storedAt reads the entry in the frame at pos.
func storedAt(data []byte, pos int) (Stored, error) {
	var e raft.Log
	size := int(binary.LittleEndian.Uint32(data[pos+4:]))
	if err := new(wal.BinaryCodec).Decode(data[pos+frameHeader:pos+frameHeader+size], &e); err != nil {
		return Stored{}, fmt.Errorf("log: byte %d: %w", pos, err)
	}
	return Stored{e.Index, e.Term, Kind(e.Type), e.AppendedAt, e.Data}, nil
}
