package replica

import (
	"cmp"
	"os"
	"syscall"

	"github.com/hashicorp/raft-wal/types"
)

// syncData is fdatasync: it keeps what was written and what is needed to find it again, but not when that was. fsync keeps
// the time too, which changes with every write, and that costs a commit of the file system's journal. A file that is none
// of the system's is synced in its own way.
func syncData(file types.WritableFile) error {
	conn, ok := file.(syscall.Conn)
	if !ok {
		return file.Sync()
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error = syscall.EINTR
	err = raw.Control(func(fd uintptr) {
		for failed == syscall.EINTR {
			failed = syscall.Fdatasync(int(fd))
		}
	})
	return cmp.Or(err, os.NewSyscallError("fdatasync", failed))
}
