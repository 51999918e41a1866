package replica

import (
	"path/filepath"

	"github.com/hashicorp/raft-wal/types"
)

var (
	_ types.VFS          = (*drive)(nil)
	_ types.WritableFile = (*driveFile)(nil)
	_ types.MetaStore    = (*book)(nil)
)

// drive is the file system below the log. It sees the failures that the log only writes about, such as that of making
// the next file, and lets nothing be written after the first.
type drive struct {
	types.VFS
	fault *fault
}

// Create implements types.VFS.
func (d *drive) Create(dir, name string, size uint64) (f types.WritableFile, err error) {
	err = d.fault.guard("make "+filepath.Join(dir, name), func() error {
		f, err = d.VFS.Create(dir, name, size)
		return err
	})
	return d.wrap(f, dir, name), err
}

// OpenWriter implements types.VFS.
func (d *drive) OpenWriter(dir, name string) (types.WritableFile, error) {
	f, err := d.VFS.OpenWriter(dir, name)
	return d.wrap(f, dir, name), err
}

func (d *drive) wrap(f types.WritableFile, dir, name string) types.WritableFile {
	if f == nil {
		return nil
	}
	return &driveFile{WritableFile: f, name: filepath.Join(dir, name), fault: d.fault}
}

// driveFile is one file of a drive.
type driveFile struct {
	types.WritableFile
	name  string
	fault *fault
	kept  bool // was synced once: its entry in the folder is
}

// WriteAt implements types.WritableFile.
func (f *driveFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.fault.guard("write "+f.name, func() error {
		n, err = f.WritableFile.WriteAt(p, off)
		return err
	})
	return n, err
}

// Sync implements types.WritableFile. The first one has the folder synced too, and knows how. One goroutine writes a log.
func (f *driveFile) Sync() error {
	return f.fault.guard("sync "+f.name, func() error {
		if f.kept {
			return syncData(f.WritableFile)
		}
		err := f.WritableFile.Sync()
		f.kept = err == nil
		return err
	})
}

// book is the meta store, which has a file of its own.
type book struct {
	types.MetaStore
	fault *fault
}

// CommitState implements types.MetaStore.
func (b *book) CommitState(s types.PersistentState) error {
	return b.fault.guard("note the files of the log", func() error { return b.MetaStore.CommitState(s) })
}

// SetStable implements types.MetaStore.
func (b *book) SetStable(key, value []byte) error {
	return b.fault.guard("write "+string(key), func() error { return b.MetaStore.SetStable(key, value) })
}
