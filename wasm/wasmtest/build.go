package wasmtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var builds sync.Map // from package path to func() ([]byte, error)

// Build compiles a Go package to a validator module with the Go toolchain, once in a test binary. The path is an
// import path, or relative to the test's folder.
func Build(t testing.TB, path string) []byte {
	t.Helper()
	build, _ := builds.LoadOrStore(path, sync.OnceValues(func() ([]byte, error) { return build(path) }))
	module, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatalf("building %s: %v", path, err)
	}
	return module
}

func build(path string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "wasmtest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "guest.wasm")
	command := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, path)
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return os.ReadFile(out)
}
