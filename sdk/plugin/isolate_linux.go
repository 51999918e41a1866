package plugin

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate gives the process a group of its own, so that a terminal's Ctrl-C does not reach it and everything it
// starts can be ended with it, and has the kernel kill it when the thread that started it ends: with the host.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killAll(process *os.Process) error { return syscall.Kill(-process.Pid, syscall.SIGKILL) }
