package offline

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/grove-coordination/grove/core/replica"
)

// Saved is what a new file holds.
type Saved struct {
	Head
	Entries int    `json:"entries"` // of the log behind the state
	Last    uint64 `json:"last"`    // entry in the file: of the log, or of the state when the log has nothing behind it
	Bytes   int64  `json:"bytes"`   // of the file
}

// tallied counts the entries that are read of a point.
type tallied struct {
	point
	count int
	last  uint64
}

func (t *tallied) entries() iter.Seq2[replica.Stored, error] {
	return func(yield func(replica.Stored, error) bool) {
		for s, err := range t.point.entries() {
			if err == nil {
				t.count, t.last = t.count+1, s.Index
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// Save writes everything that a data folder holds into one new file: the newest snapshot, and the log behind it to its
// end. In a cluster of several the last entries may be such as were never acknowledged. The file is there whole or not
// at all.
func Save(dir, name string) (saved Saved, err error) {
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return saved, errors.Join(fmt.Errorf("%s is there already", name), err)
	}
	p, err := openFolder(dir)
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return saved, err
	}
	t := &tallied{point: p, last: p.head.Index}
	err = errors.Join(write(f, t), f.Sync())
	size, seekErr := f.Seek(0, io.SeekEnd)
	if err := errors.Join(err, seekErr, f.Close()); err != nil {
		return saved, errors.Join(fmt.Errorf("save %s: %w", dir, err), os.Remove(f.Name()))
	}
	return Saved{p.head, t.count, t.last, size}, os.Rename(f.Name(), name)
}

// Restore makes, from a saved file, the data folder of a node of a new cluster: of this node alone, or of members, who
// are all restored from the same file. The folder must be missing or empty.
func Restore(name, dir, node string, members []replica.Member) (err error) {
	p, err := openFile(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) > 0 {
		return errors.Join(fmt.Errorf("%s is not empty: restore makes a new folder", dir), err)
	}
	lock, err := hold(dir, os.O_CREATE)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := p.plant(dir, members); err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(dir, "node.id"), []byte(node+"\n"), 0o600)
}

func (p *file) plant(dir string, members []replica.Member) error {
	seed := replica.Seed{Index: p.head.Index, Term: p.head.Term, Entries: p.entries(), Name: p.sum}
	state, err := p.snapshot()
	if err != nil {
		return err
	}
	if state != nil {
		seed.Snapshot = state
	}
	return replica.Plant(dir, members, seed)
}
