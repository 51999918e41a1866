package coretest

import (
	"os"
	"syscall"
	"testing"
)

// memory is where Linux keeps files in memory.
const memory = "/dev/shm"

// folder is a new one for what nodes keep, removed with the test: in memory when there is room, for a sync means nothing
// here and takes most of the time, and else where tests have theirs.
func folder(t testing.TB) string {
	t.Helper()
	var room syscall.Statfs_t
	if err := syscall.Statfs(memory, &room); err != nil || uint64(room.Bsize)*uint64(room.Bavail) < 4<<30 {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "grove-coretest-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
