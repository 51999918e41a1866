package nats

import (
	"fmt"
	"os"
	"path/filepath"
)

// lock keeps two servers out of one folder. It goes with the process, also when that is killed.
type lock struct{ file *os.File } // nil: of nothing

// lockDir makes the folder, if it is missing, and takes its lock.
func lockDir(dir string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(file); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s is in use by another process: %w", dir, err)
	}
	return &lock{file: file}, nil
}

func (l *lock) release() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
