package plugin

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/sdk"
)

func TestSnapshotCrossesToItsEnd(t *testing.T) {
	core := &fakeCore{}
	host, cut := connect(t, core)
	const nodes = 5000
	snapshot, err := host.Snapshot(t.Context(), fmt.Sprint("/", nodes))
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.Zxid() != 77 {
		t.Errorf("snapshot is of %d", snapshot.Zxid())
	}
	for i, c := range collect(t, nodes, snapshot.Next) {
		if want := fmt.Sprint("/", nodes-i); c.Path != want || len(c.Data) != 1000 {
			t.Fatalf("node %d is %s, %d bytes", i, c.Path, len(c.Data))
		}
	}
	if n, err := snapshot.Next(t.Context(), make([]sdk.Change, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v", n, err)
	}
	if err := snapshot.Close(); err != nil {
		t.Error(err)
	}
	if _, err := host.Snapshot(t.Context(), "/none"); !errors.Is(err, sdk.CodeNoNode) {
		t.Errorf("snapshot of nothing: %v", err)
	}
	if err := cut(); core.feeds.Load() != 0 {
		t.Errorf("%d snapshots left open (%v)", core.feeds.Load(), err)
	}
}

// A plugin that does not read its snapshot has no more than its window of it sent to it.
func TestSnapshotWaitsForThePlugin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		host, cut := connect(t, core)
		snapshot, err := host.Snapshot(t.Context(), "/50000")
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		const most = (feedWindow+frameGoal)/1000 + 2*batch
		if taken := core.taken.Load(); taken == 0 || taken > most {
			t.Errorf("%d nodes taken for one who takes none, at most %d", taken, most)
		}
		if err := snapshot.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if open := core.feeds.Load(); open != 0 {
			t.Errorf("%d snapshots open after Close", open)
		}
		_ = cut()
	})
}
