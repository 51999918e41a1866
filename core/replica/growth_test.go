package replica

import (
	"context"
	"testing"
	"time"
)

// A log that has grown by so many bytes is cut, long before it has so many entries, and a restart begins with the
// snapshot.
func TestBytesMakeASnapshot(t *testing.T) {
	const count, size, limit = 64, 16 << 10, 128 << 10
	n := startCluster(t, 1, func(c *Config) {
		c.SnapshotInterval, c.SnapshotBytes, c.SegmentSize, c.MaxEntry = time.Hour, limit, 64<<10, size
	})[0]
	for range count {
		n.propose(t, "%*d", size, 0)
	}
	n.applied(t, count)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		first, err := n.log.store.FirstIndex()
		if err != nil {
			t.Fatal(err)
		}
		if first > count/2 {
			break
		}
		if !pause(ctx, time.Millisecond) {
			t.Fatalf("the log begins with entry %d still", first)
		}
	}
	n.kill(t)
	n.start(t)
	n.ready(t)
	if n.restore != 1 || len(n.state()) != count {
		t.Errorf("restored %d times, %d of %d records", n.restore, len(n.state()), count)
	}
}

func TestGrowthIsToldOnce(t *testing.T) {
	g := newGrowth(100)
	for range 5 {
		g.add(30)
	}
	if got := <-g.due; got != 4 {
		t.Errorf("due after %d entries, want 4", got)
	}
	for range 100 {
		g.add(30)
	}
	if len(g.due) != 0 {
		t.Error("told again before the snapshot")
	}
	g.begin()
	g.add(100)
	if len(g.due) != 1 {
		t.Error("not told again after the snapshot")
	}
}
