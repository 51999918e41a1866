package offline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grove-coordination/grove/core/replica"
)

// Save writes everything that a data folder holds into one new file: the newest snapshot, and the log behind it to its
// end. In a cluster of several the last entries may be such as were never acknowledged. The file is there whole or not
// at all.
func Save(dir, name string) (err error) {
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there already", name), err)
	}
	p, err := openFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	if err := errors.Join(write(f, p), f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("save %s: %w", dir, err), os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
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
