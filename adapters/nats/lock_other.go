//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package nats

import "os"

// tryLock has no lock to take here; the port the server listens on keeps a second one out.
func tryLock(*os.File) error { return nil }
