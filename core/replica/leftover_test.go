package replica

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A snapshot that was being written when the node was killed is gone after the next start.
func TestLeftoversAreRemoved(t *testing.T) {
	n := restful(t)
	left := filepath.Join(n.cfg.Dir, "snapshots", "2-9-1.tmp")
	if err := errors.Join(os.Mkdir(left, 0o700), os.WriteFile(filepath.Join(left, "state.bin"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", left, err)
	}
	n.applied(t, 300)
}

// A node whose log ends before its snapshot does begins with the snapshot, and serves.
func TestLogShorterThanSnapshot(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	n.propose(t, "first")
	n.applied(t, 1)
	n.kill(t)
	older := t.TempDir()
	if err := os.CopyFS(older, os.DirFS(filepath.Join(n.cfg.Dir, "wal"))); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	n.ready(t)
	n.propose(t, "second")
	n.applied(t, 2)
	if err := n.log.Snapshot(); err != nil {
		t.Fatal(err)
	}
	n.kill(t)
	wal := filepath.Join(n.cfg.Dir, "wal")
	if err := errors.Join(os.RemoveAll(wal), os.CopyFS(wal, os.DirFS(older))); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	n.ready(t)
	n.propose(t, "third")
	n.applied(t, 3)
	if got := n.state(); !slices.Equal(got, []string{"first", "second", "third"}) {
		t.Errorf("records %q", got)
	}
}

// A log that begins behind where the snapshots end is refused: what is between has gone.
func TestGapBehindSnapshot(t *testing.T) {
	n := restful(t)
	snapshots := filepath.Join(n.cfg.Dir, "snapshots")
	if err := os.RemoveAll(snapshots); err != nil {
		t.Fatal(err)
	}
	n.cfg.Listener = listen(t, "")
	if _, err := Open(n.cfg, newRecorder()); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), n.cfg.Dir) {
		t.Errorf("open: %v", err)
	}
}
