package replica

import (
	"errors"
	"fmt"
	"sync"

	wal "github.com/hashicorp/raft-wal"
)

// fault is the first thing that went wrong with the disk. It stays: a kernel that could not write a page may forget
// that it had to, and say of the next fdatasync that all is well. So nothing is written any more after the first
// failure, until the process, or the disk, has been changed for another.
type fault struct {
	tell func() // called once, when it is set

	mu    sync.Mutex // guards first
	first error
}

// err is nil while all is well.
func (f *fault) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// note remembers err, if it is the first, and gives it back with what was being done.
func (f *fault) note(doing string, err error) error {
	if err == nil || errors.Is(err, wal.ErrClosed) {
		return err
	}
	err = fmt.Errorf("%s: %w", doing, err)
	if f.set(err) {
		f.tell()
	}
	return err
}

func (f *fault) set(err error) (first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first, first = err, true
	}
	return first
}

// guard does what writes to the disk, unless it has failed before.
func (f *fault) guard(doing string, write func() error) error {
	if err := f.err(); err != nil {
		return err
	}
	return f.note(doing, write())
}
