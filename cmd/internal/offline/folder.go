package offline

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/grove-coordination/grove/core/replica"
)

var _ point = (*folder)(nil)

// point is what a data folder or a saved file holds: a state, and what came after it.
type point interface {
	about() Head
	snapshot() (io.ReadCloser, error)          // the state; nil when the log has everything. Once, and first
	entries() iter.Seq2[replica.Stored, error] // behind the state
	Close() error
}

// open opens a data folder, or a saved file.
func open(path string) (point, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return openFolder(path)
	}
	return openFile(path)
}

// folder is a data folder that is held.
type folder struct {
	*replica.Folder
	lock *os.File
	head Head
	id   string // of its newest snapshot
}

// openFolder opens a folder whose snapshots are whole.
func openFolder(dir string) (*folder, error) {
	f, err := openLog(dir)
	if err != nil {
		return nil, err
	}
	if err := f.look(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), f.Close())
	}
	return f, nil
}

// openLog opens a folder of which only the log is looked at.
func openLog(dir string) (*folder, error) {
	lock, err := hold(dir, 0)
	if err != nil {
		return nil, err
	}
	f := &folder{lock: lock}
	if f.Folder, err = replica.OpenFolder(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return f, nil
}

// hold takes the lock of a data folder. It is not waited for.
func hold(dir string, flags int) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR|flags, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is no data folder of a server: there is no LOCK in it", dir)
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is held by a server that runs: stop it first", dir), lock.Close())
	}
	return lock, nil
}

// look learns what the folder holds.
func (f *folder) look(dir string) error {
	node, err := os.ReadFile(filepath.Join(dir, "node.id"))
	if err != nil {
		return err
	}
	f.head = Head{Cluster: f.Cluster, Node: strings.TrimSpace(string(node)), Saved: time.Now().UTC()}
	kept, err := f.Snapshots()
	if err == nil && len(kept) > 0 {
		f.id, f.head.Index, f.head.Term = kept[0].ID, kept[0].Index, kept[0].Term
	}
	return err
}

func (f *folder) about() Head { return f.head }

func (f *folder) snapshot() (io.ReadCloser, error) {
	if f.id == "" {
		return nil, nil
	}
	return f.Folder.Snapshot(f.id)
}

func (f *folder) entries() iter.Seq2[replica.Stored, error] { return f.Entries(f.head.Index + 1) }

// Close lets go of the folder.
func (f *folder) Close() error { return errors.Join(f.Folder.Close(), f.lock.Close()) }
