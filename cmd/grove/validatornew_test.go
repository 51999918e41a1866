package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What the command writes for Go builds and passes its own cases. The other languages are built by .ci/guests.
func TestScaffold(t *testing.T) {
	here, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := scaffold(dir, "first-word", "go"); err != nil {
		t.Fatal(err)
	}
	if err := scaffold(dir, "first-word", "go"); err == nil {
		t.Error("written over what is there")
	}
	folder := filepath.Join(dir, "first-word")
	mod := "module example.com/greet\n\ngo 1.26\n\nrequire github.com/grove-coordination/grove v0.0.0\n\n" +
		"replace github.com/grove-coordination/grove => " + here + "\n"
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command(filepath.Join(folder, "build.sh"))
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := command(t, "validator", "test", filepath.Join(folder, "first-word.wasm"), filepath.Join(folder, "cases.yaml"))
	if err != nil || !strings.Contains(out, "6 cases as expected") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestScaffoldNames(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "A", "1a", "-a", "a b", "a.b"} {
		if _, err := command(t, "validator", "new", "--", name); err == nil || !strings.Contains(err.Error(), "is no name") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := command(t, "validator", "new", "--lang", "c", "grove"); err == nil || !strings.Contains(err.Error(), "what the kit is called") {
		t.Errorf("grove: %v", err)
	}
}
