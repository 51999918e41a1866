//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package nats

import (
	"os"
	"syscall"
)

func tryLock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
