package core

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dataDir is the node's folder: held by this process, and known to belong to this node.
type dataDir struct {
	path string
	lock *os.File // flock'ed until close
}

// openDataDir makes the folder when it is missing, takes it for this process, and checks whose it is.
func openDataDir(path, id string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s is held by another process: stop it, or set another data.dir", path), lock.Close())
	}
	d := &dataDir{path: path, lock: lock}
	if err := d.claim(id); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// claim writes the node's id into a new folder, or compares it with the one there. The id is written whole or not at
// all.
func (d *dataDir) claim(id string) error {
	name := filepath.Join(d.path, "node.id")
	have, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return writeWhole(name, id+"\n")
	case err != nil:
		return fmt.Errorf("data folder: %w", err)
	case strings.TrimSpace(string(have)) != id:
		return fmt.Errorf("data folder %s belongs to node %q, this is %q: set node.id or data.dir right",
			d.path, strings.TrimSpace(string(have)), id)
	}
	return nil
}

func writeWhole(name, content string) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("data folder: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// close lets go of the folder; the kernel does the same when the process dies.
func (d *dataDir) close() error { return d.lock.Close() }
