//go:build !unix

package conform

import (
	"errors"
	"os"
)

func signalStop(int) error { return errors.ErrUnsupported }
func signalGo(int) error   { return errors.ErrUnsupported }

func kill(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

func alive(int) bool         { return false }
func residentSize(int) int64 { return 0 }
