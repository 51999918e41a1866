package replica

import (
	"testing"

	"github.com/hashicorp/raft-wal/types"
)

// gated is a file system on which a file can only be deleted when the gate is open.
type gated struct {
	types.VFS
	gate chan struct{}
}

func (g gated) Delete(dir, name string) error {
	<-g.gate
	return g.VFS.Delete(dir, name)
}

// What a snapshot has made needless is deleted beside appends, which wait for nothing, and is gone when the log is closed.
func TestAppendDoesNotWaitForDeletion(t *testing.T) {
	p := newPlatter()
	p.segment = 256
	disk := gated{p, make(chan struct{})}
	s, err := openStore(&Config{Dir: t.TempDir(), SnapshotRetain: 1, SegmentSize: p.segment, Disk: disk}, newBridge(discard), testFault())
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(30) {
		if err := s.StoreLogs(entries(i+1, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	before := len(p.names())
	if err := s.DeleteRange(1, 25); err != nil {
		t.Fatal(err)
	}
	if err := s.StoreLogs(entries(31, 31)); err != nil {
		t.Fatal(err)
	}
	if got := len(p.names()); got < before {
		t.Fatalf("%d files of %d: one was deleted through a gate that is shut", got, before)
	}
	close(disk.gate)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if got := len(p.names()); got > before/2 {
		t.Errorf("%d files of %d are left", got, before)
	}
}
