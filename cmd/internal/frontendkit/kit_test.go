package frontendkit

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNewWritesWhatItSays(t *testing.T) {
	for language, want := range map[string][]string{
		"go":     {"README.md", "client.go", "frontend.go", "frontend_test.go", "go.mod", "main.go"},
		"python": {"README.md", "client.py", "frontend.binpb", "frontend.py", "grove_frontend.py"},
	} {
		dir := t.TempDir()
		made, err := New(dir, "hello", language, Grove{Source: "/src/grove"})
		slices.Sort(made)
		if err != nil || !slices.Equal(made, want) {
			t.Fatalf("%s: %v, %v", language, made, err)
		}
		for _, file := range made {
			look(t, filepath.Join(dir, "hello", file))
		}
		if _, err := New(dir, "hello", language, Grove{}); !errors.Is(err, os.ErrExist) {
			t.Errorf("a second time: %v", err)
		}
	}
}

// look checks that a file has no word left that stands for another, and is Go if it says so.
func look(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".binpb") || strings.HasSuffix(file, "grove_frontend.py") {
		return
	}
	for _, word := range []string{"NAME", "TITLE", "REQUIRE", "REPLACE"} {
		if strings.Contains(string(text), word) && !strings.Contains(string(text), "COMMON_NAME") {
			t.Errorf("%s: %s is left", file, word)
		}
	}
	if filepath.Ext(file) == ".go" {
		if _, err := parser.ParseFile(token.NewFileSet(), file, text, parser.AllErrors); err != nil {
			t.Error(err)
		}
	}
	if filepath.Base(file) == "go.mod" && !strings.Contains(string(text), "grove v0.0.0\n\nreplace github.com/grove-coordination/grove => /src/grove\n") {
		t.Errorf("%s", text)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, name := range []string{"", "Hello", "a-b", "../x", "1a", strings.Repeat("a", 32)} {
		if _, err := New(t.TempDir(), name, "go", Grove{}); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := New(t.TempDir(), "a", "cobol", Grove{}); !errors.Is(err, ErrLanguage) {
		t.Errorf("cobol: %v", err)
	}
}
