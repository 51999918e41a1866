package plugin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

// process is a plugin's operating system process, as go-plugin wants to see it. It is started once.
type process struct {
	cmd    *exec.Cmd
	pin    []byte // SHA-256 of the executable, nil for none
	stdout *opening
	gone   chan struct{} // closed once it was waited for

	mu   sync.Mutex // guards what follows
	pid  int        // 0 before the start
	dead bool       // it must not be started, or was waited for: the pid may be another's
	exit error      // of the process, once it was waited for
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares a process. It gets nothing of the host's environment but PATH; its temporary files go to dir
// and its stderr to the log.
func newProcess(command Command, dir string, log *slog.Logger) (*process, error) {
	cmd := exec.Command(command.Path, command.Args...)
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}
	cmd.Stderr = &lineLog{log: log, stream: "stderr", level: slog.LevelWarn}
	cmd.WaitDelay = goodbye // for a grandchild that holds stderr
	isolate(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	said := newOpening(stdout, &lineLog{log: log, stream: "stdout", level: slog.LevelWarn})
	return &process{cmd: cmd, pin: command.SHA256, stdout: said, gone: make(chan struct{})}, nil
}

// Start implements runner.Runner. The thread that starts the process must live as long as the process does, as
// the kernel kills the process with it (see isolate); so a goroutine keeps it until the process is gone.
func (p *process) Start(context.Context) error {
	if err := checkPin(p.cmd.Path, p.pin); err != nil {
		return fmt.Errorf("%w%w", errNoStart, err)
	}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.start()
		started <- err
		if err == nil {
			<-p.gone
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("%w%w", errNoStart, err)
	}
	return nil
}

// errNoStart marks what went wrong before there was a process; it says nothing itself.
var errNoStart = errors.New("")

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errors.New("stopped before it was started")
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.pid = p.cmd.Process.Pid
	return nil
}

// checkPin reports whether the executable has the SHA-256 it was pinned to.
func checkPin(path string, pin []byte) error {
	if pin == nil {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if got := sum.Sum(nil); subtle.ConstantTimeCompare(got, pin) != 1 {
		return fmt.Errorf("%s: SHA-256 is %x, not %x as configured", path, got, pin)
	}
	return nil
}

// Wait implements runner.Runner.
func (p *process) Wait(context.Context) error {
	err := p.cmd.Wait()
	p.mu.Lock()
	p.dead, p.exit = true, err
	p.mu.Unlock()
	close(p.gone)
	return err
}

// ended says how the process has ended by itself, or nothing.
func (p *process) ended() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if exit, ok := errors.AsType[*exec.ExitError](p.exit); ok && exit.Exited() {
		return fmt.Sprintf(" (%v)", exit)
	}
	return ""
}

// number is the process id, 0 when there is none.
func (p *process) number() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return 0
	}
	return p.pid
}

// Kill implements runner.Runner: it ends the process and whatever that has started.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	running := p.pid != 0 && !p.dead
	p.dead = true
	if !running {
		return nil
	}
	return killAll(p.cmd.Process)
}

// Stdout implements runner.Runner: the handshake comes on it.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner. It is empty, because go-plugin's reader panics on some lines.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (p *process) Name() string { return p.cmd.Path }

// ID implements runner.Runner.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strconv.Itoa(p.pid)
}

// Diagnose implements runner.Runner.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.Runner.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// killAfter gives a process that was asked to end some time to do it. The timer must be stopped.
func (p *process) killAfter(d time.Duration) *time.Timer {
	return time.AfterFunc(d, func() { _ = p.Kill(context.Background()) })
}
