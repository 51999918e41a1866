package replica

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A log that is gone, emptied or cut short is not taken for that of a node that begins: with less than it had, a node
// could vote away what it has acknowledged.
func TestLostLogIsNoNewLog(t *testing.T) {
	wal := func(dir string) string { return filepath.Join(dir, "wal") }
	segments := func(t *testing.T, dir string) []string {
		names, err := filepath.Glob(filepath.Join(wal(dir), "*.wal"))
		if err != nil || len(names) == 0 {
			t.Fatal("no files of the log", err)
		}
		return names
	}
	for name, harm := range map[string]func(t *testing.T, dir string) error{
		"all of the log is gone":    func(_ *testing.T, dir string) error { return os.RemoveAll(wal(dir)) },
		"its list of files is gone": func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(wal(dir), "wal-meta.db")) },
		"its file is gone":          func(t *testing.T, dir string) error { return os.Remove(segments(t, dir)[0]) },
		"its file is empty":         func(t *testing.T, dir string) error { return os.Truncate(segments(t, dir)[0], 0) },
		"its file is cut short":     func(t *testing.T, dir string) error { return os.Truncate(segments(t, dir)[0], 2000) },
	} {
		t.Run(name, func(t *testing.T) {
			c := startCluster(t, 1, func(*Config) {})
			c[0].propose(t, "acknowledged")
			c.same(t, 1)
			c[0].kill(t)
			dir := c[0].cfg.Dir
			if err := harm(t, dir); err != nil {
				t.Fatal(err)
			}
			if folder, err := OpenFolder(dir); err == nil {
				_ = folder.Close()
				t.Error("the folder is taken for one that is whole")
			}
			for range 2 { // it must not help to try again
				cfg := c[0].cfg
				cfg.Listener = listen(t, "")
				l, err := Open(cfg, newRecorder())
				if err == nil {
					_ = l.Close()
				}
				if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "grove member remove") {
					t.Fatalf("opened: %v", err)
				}
			}
		})
	}
}
