package wasm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTrim keeps the newest, as many and as much as may be.
func TestTrim(t *testing.T) {
	tests := []struct {
		files int
		bytes int64
		want  string
	}{
		{10, 1000, "0 1 2 3 4"},
		{3, 1000, "2 3 4"},
		{10, 25, "3 4"},
		{10, 9, ""},
		{0, 1000, ""},
	}
	for _, test := range tests {
		folder := t.TempDir()
		if err := os.Mkdir(filepath.Join(folder, "version"), 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			path := filepath.Join(folder, []string{"", "version"}[i%2], fmt.Sprint(i))
			made := time.Unix(int64(1000+i), 0)
			if err := os.WriteFile(path, make([]byte, 10), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, made, made); err != nil {
				t.Fatal(err)
			}
		}
		if err := trim(folder, test.files, test.bytes); err != nil {
			t.Fatal(err)
		}
		left, err := cachedFiles(folder)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, file := range left {
			names = append(names, filepath.Base(file.path))
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%d files, %d bytes: left %q, want %q", test.files, test.bytes, got, test.want)
		}
	}
}
