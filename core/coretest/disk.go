package coretest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/types"
)

var (
	_ types.VFS          = (*Disk)(nil)
	_ types.WritableFile = (*sheet)(nil)
)

var errNoPower = errors.New("there is no power")

// Disk is below the log of one node. Its files are the system's, where what was written can be read at once; but it knows
// what they held before, as far as nobody has synced them, and that is what is found when the power was gone.
type Disk struct {
	types.VFS
	lies bool // nothing is ever synced, whatever it says

	mu     sync.Mutex         // guards all below
	before map[string][]patch // of each file that is not synced, in the order of writing
	fresh  map[string]bool    // files that were made and never synced: their names may go too
	left   int                // syncs until the power goes; 0: that is not planned
	off    chan struct{}      // closed when it has gone
}

// patch is what some bytes of a file were.
type patch struct {
	at   int64
	data []byte
}

// NewDisk is one with power.
func NewDisk() *Disk {
	return &Disk{VFS: fs.New(), before: make(map[string][]patch), fresh: make(map[string]bool), off: make(chan struct{})}
}

// after is this disk as the next process finds it when this one was killed: the kernel still has what was not synced.
func (d *Disk) after() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := NewDisk()
	next.lies, next.fresh = d.lies, maps.Clone(d.fresh)
	for name, list := range d.before {
		next.before[name] = slices.Clone(list)
	}
	return next
}

// FailIn takes the power away at the sync after so many more, before anything of it is done: off is closed then.
func (d *Disk) FailIn(syncs int) (off <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = syncs + 1
	return d.off
}

// Fail takes the power away now. Nothing is written any more.
func (d *Disk) Fail() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.power() == nil {
		close(d.off)
	}
}

// power is called with mu held.
func (d *Disk) power() error {
	select {
	case <-d.off:
		return errNoPower
	default:
		return nil
	}
}

// Create implements types.VFS.
func (d *Disk) Create(dir, name string, size uint64) (types.WritableFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.power(); err != nil {
		return nil, err
	}
	f, err := d.VFS.Create(dir, name, size)
	if err != nil {
		return nil, err
	}
	d.fresh[name] = true
	return &sheet{f, d, name}, nil
}

// OpenWriter implements types.VFS.
func (d *Disk) OpenWriter(dir, name string) (types.WritableFile, error) {
	f, err := d.VFS.OpenWriter(dir, name)
	if err != nil {
		return nil, err
	}
	return &sheet{f, d, name}, nil
}

// Delete implements types.VFS. It is synced at once, as the system's is.
func (d *Disk) Delete(dir, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.power(); err != nil {
		return err
	}
	delete(d.before, name)
	delete(d.fresh, name)
	return d.VFS.Delete(dir, name)
}

// sheet is a file of a disk.
type sheet struct {
	types.WritableFile
	disk *Disk
	name string
}

// WriteAt implements types.WritableFile.
func (s *sheet) WriteAt(p []byte, off int64) (int, error) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if err := s.disk.power(); err != nil {
		return 0, err
	}
	was := make([]byte, len(p))
	if n, _ := s.ReadAt(was, off); n < len(was) {
		clear(was[n:]) // behind the end of the file
	}
	s.disk.before[s.name] = append(s.disk.before[s.name], patch{off, was})
	return s.WritableFile.WriteAt(p, off)
}

// Sync implements types.WritableFile. The system is not asked: its disk is in no danger.
func (s *sheet) Sync() error {
	d := s.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left == 0 && d.power() == nil {
		close(d.off)
	}
	if err := d.power(); err != nil || d.lies {
		return err
	}
	delete(d.before, s.name)
	delete(d.fresh, s.name)
	return nil
}

// sector is what a disk writes whole or not at all.
const sector = 512

// Lose takes from the files in dir, a copy of those of the disk, what a power cut takes. Of what was not synced, each
// sector may have been written or not, and so may the name and the size of a file that is new.
func (d *Disk) Lose(dir string, r *rand.Rand) (lost int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	keep := kept(r)
	for _, name := range slices.Sorted(maps.Keys(d.before)) {
		n, gone := undo(filepath.Join(dir, name), d.before[name], keep)
		lost, err = lost+n, errors.Join(err, gone)
	}
	for _, name := range slices.Sorted(maps.Keys(d.fresh)) {
		switch path := filepath.Join(dir, name); r.IntN(3) {
		case 0:
			err = errors.Join(err, os.Remove(path))
		case 1:
			err = errors.Join(err, os.Truncate(path, 0))
		}
	}
	return lost, err
}

// kept decides of one sector after the other whether it was written: all, none, some at the beginning, or any.
func kept(r *rand.Rand) func() bool {
	first := r.IntN(8)
	return map[int]func() bool{
		0: func() bool { return true },
		1: func() bool { return false },
		2: func() bool { first--; return first >= 0 },
		3: func() bool { return r.IntN(2) == 0 },
	}[r.IntN(4)]
}

// undo takes writes back, the last first, and says how many bytes that were written are lost.
func undo(name string, writes []patch, keep func() bool) (lost int, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, w := range slices.Backward(writes) {
		for p := range w.sectors {
			if keep() {
				continue
			}
			n, wrong := p.put(f)
			lost, err = lost+n, errors.Join(err, wrong)
		}
	}
	return lost, err
}

// sectors cuts a patch where sectors end.
func (p patch) sectors(yield func(patch) bool) {
	for len(p.data) > 0 {
		n := min(len(p.data), sector-int(p.at%sector))
		if !yield(patch{p.at, p.data[:n]}) {
			return
		}
		p = patch{p.at + int64(n), p.data[n:]}
	}
}

// put puts a patch back, and says how many bytes were something else.
func (p patch) put(f *os.File) (changed int, err error) {
	now := make([]byte, len(p.data))
	_, err = f.ReadAt(now, p.at)
	for i := range now {
		if now[i] != p.data[i] {
			changed++
		}
	}
	_, wrong := f.WriteAt(p.data, p.at)
	return changed, errors.Join(err, wrong)
}
