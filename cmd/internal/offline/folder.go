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
	id   string // of its newest snapshot that is whole; "" for none

	damaged []error // its other snapshots, newest first
}

// openFolder opens a folder at its newest snapshot that is whole.
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
	for _, k := range kept {
		switch {
		case k.Err != nil:
			f.damaged = append(f.damaged, k.Err)
		case f.id == "":
			f.id, f.head.Index, f.head.Term = k.ID, k.Index, k.Term
		}
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

func (f *folder) entries() iter.Seq2[replica.Stored, error] {
	return f.joined(f.Entries(f.head.Index + 1))
}

// whatHelps is what to do with a folder that does not have everything.
const whatHelps = "In a cluster: take this node out with 'grove member remove', move its data folder away, and start it with " +
	"--cluster.join; alone: 'grove snapshot restore' a file that was saved"

// joined are entries, or an error when they do not begin where the snapshot that is whole ends.
func (f *folder) joined(entries iter.Seq2[replica.Stored, error]) iter.Seq2[replica.Stored, error] {
	return func(yield func(replica.Stored, error) bool) {
		begun := false
		for s, err := range entries {
			if !begun && err == nil && s.Index > f.head.Index+1 {
				err = fmt.Errorf("%sthe log begins with entry %d, and what is whole before it ends with %d. %s", f.complaints(), s.Index, f.head.Index, whatHelps)
			}
			begun = true
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// complaints are what is wrong with the snapshots, before something else that is.
func (f *folder) complaints() (all string) {
	for _, err := range f.damaged {
		all += err.Error() + "; "
	}
	return all
}

// whole is an error when a snapshot is damaged that nothing depends on.
func (f *folder) whole() error {
	switch {
	case f.damaged == nil:
		return nil
	case f.id == "":
		return fmt.Errorf("%sthe log has everything: move what is damaged away, and a server begins with that", f.complaints())
	}
	return fmt.Errorf("%ssnapshot %s is whole, and the log has what came after it: nothing is lost, and a server begins with that", f.complaints(), f.id)
}

// Close lets go of the folder.
func (f *folder) Close() error { return errors.Join(f.Folder.Close(), f.lock.Close()) }
