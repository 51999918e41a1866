//go:build unix

package conform

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

func signalStop(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }
func signalGo(pid int) error   { return syscall.Kill(pid, syscall.SIGCONT) }
func kill(pid int) error       { return syscall.Kill(pid, syscall.SIGKILL) }
func alive(pid int) bool       { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// residentSize is what a process has in memory, in bytes; 0 where that cannot be told.
func residentSize(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(raw), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
