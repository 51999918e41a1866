//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// markFolder puts a locked file into a folder. It gets its name once it is locked, so that nobody finds it otherwise.
// The lock ends with this process, as no other gets the file.
func markFolder(path string) (*os.File, error) {
	early := filepath.Join(path, "."+markName)
	mark, err := os.OpenFile(early, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(lock(mark), os.Rename(early, filepath.Join(path, markName))); err != nil {
		return nil, errors.Join(err, mark.Close())
	}
	return mark, nil
}

func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// abandoned reports whether a folder is this user's, was marked, and whoever marked it is gone.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return false
	}
	mark, err := os.OpenFile(filepath.Join(path, markName), os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer mark.Close()
	return lock(mark) == nil
}
