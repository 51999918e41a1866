//go:build unix

package plugin

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever a command does instead of shaking hands is said in one line that names it.
func TestWhatIsNoPluginIsSaid(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"noise":    {"echo listening on port 80; sleep 60", `wrote "listening on port 80" to standard output before the handshake`},
		"silent":   {"exit 3", "ended before the handshake: is it a plugin? (exit status 3)"},
		"version":  {"echo '1|9|unix|/tmp/x|grpc|'; sleep 60", `speaks version "9" of the protocol, this server speaks 1`},
		"netrpc":   {"echo '1|1|unix|/tmp/x|netrpc|'; sleep 60", `speaks "netrpc", not grpc`},
		"old form": {"echo '1|1|unix|/tmp/x'; sleep 60", "before the handshake"},
		"endless":  {"while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", `wrote "xxxxxxxx`},
		"no one":   {"echo '1|1|unix|/does/not/exist|grpc|'; sleep 60", "/does/not/exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := New(Command{Name: "lines", Path: "/bin/sh", Args: []string{"-c", test.script}, Log: quiet}).Serve(t.Context(), &fakeCore{})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestNoiseAfterTheHandshakeIsLogged(t *testing.T) {
	said := &syncBuffer{}
	log := slog.New(slog.NewTextHandler(said, nil))
	o := newOpening(io.NopCloser(strings.NewReader("1|1|unix|/x|grpc|\nnoise "+strings.Repeat("n", 2*maxOpening)+"\nmore")),
		&lineLog{log: log, stream: "stdout"})
	first, err := io.ReadAll(o)
	if err != nil || string(first) != "1|1|unix|/x|grpc|\n" || o.fault() != "" {
		t.Errorf("first line %q, %v, fault %q", first, err, o.fault())
	}
	if !strings.Contains(said.String(), "noise nnn") {
		t.Errorf("log: %.200s", said)
	}
}

// TestSweepRemovesWhatIsDeadAndOwn makes folders as hosts leave them, and looks which are left.
func TestSweepRemovesWhatIsDeadAndOwn(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if len(os.TempDir()) > 48 {
		dir, err := os.MkdirTemp("/tmp", "sweep-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		t.Setenv("TMPDIR", dir)
	}
	base := folderBase()
	mkdir := func(name string, files ...string) string {
		path := filepath.Join(base, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if err := os.WriteFile(filepath.Join(path, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	elsewhere := mkdir("elsewhere", markName, "precious")
	dead, unmarked, other := mkdir(folderPrefix+"dead", markName, "socket"), mkdir(folderPrefix+"new", "."+markName), mkdir("plugin-x", markName)
	link := filepath.Join(base, folderPrefix+"link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	stays := []string{elsewhere, filepath.Join(elsewhere, "precious"), unmarked, other, link}
	if os.Geteuid() == 0 {
		strangers := mkdir(folderPrefix+"stranger", markName)
		if err := os.Chown(strangers, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		stays = append(stays, strangers)
	}
	first, err := newFolder(quiet)
	if err != nil {
		t.Fatal(err)
	}
	second, err := newFolder(quiet) // while the first is in use
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(stays, first.path, second.path) {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("is gone: %v", err)
		}
	}
	if _, err := os.Lstat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", dead, err)
	}
	for _, f := range []*folder{first, second} {
		if err := f.remove(); err != nil {
			t.Error(err)
		}
	}
}

// A host that is killed leaves its plugin's folder, and the next one removes it.
func TestFolderOfAKilledHostIsSwept(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "sweep-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	address, next := reporter(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	host := exec.Command(self, "host", address)
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	_, _, conn := next()
	if err := host.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	_, _ = conn.Read(make([]byte, 1)) // until the plugin has ended too
	left, err := filepath.Glob(filepath.Join(dir, folderPrefix+"*"))
	if err != nil || len(left) != 1 {
		t.Fatalf("left by the killed host: %v, %v", left, err)
	}
	var said bytes.Buffer
	sweep(dir, slog.New(slog.NewTextHandler(&said, nil)))
	if _, err := os.Lstat(left[0]); !errors.Is(err, os.ErrNotExist) || !strings.Contains(said.String(), left[0]) {
		t.Errorf("%v; log: %s", err, &said)
	}
}
