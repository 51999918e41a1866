package coretest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

// quarried is how many nodes a quarry has below its root.
const quarried = 20

// Quarry founds a cluster that begins with a snapshot: the log of before is nowhere any more, so that whoever comes later
// is too far behind for the log, and gets a snapshot too.
func Quarry(t testing.TB, seed uint64, size int, tune ...func(*core.Config)) *Cluster {
	t.Helper()
	begin := dig(t)
	c := Found(t, seed, size, tune...)
	for i := range size {
		begin.Snapshot = bytes.NewReader(begin.state)
		if err := replica.Plant(c.seat(i).dir, c.founders, begin.Seed); err != nil {
			t.Fatal(err)
		}
		c.seat(i).seed = true
	}
	for i := range size {
		c.Start(i)
	}
	return c
}

// dug is a seed whose snapshot can be read again.
type dug struct {
	replica.Seed
	state []byte
}

// dig lets a node of its own work until it has written a snapshot, and takes that.
func dig(t testing.TB) (d dug) {
	t.Helper()
	c := Open(t, 0, 1, func(cfg *core.Config) { cfg.SnapshotEntries, cfg.SnapshotInterval = quarried/2, 100*time.Millisecond })
	ctx := t.Context()
	if err := c.fill(ctx); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // on virtual time: a snapshot is due
	c.Close()
	folder, err := replica.OpenFolder(c.seat(0).dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	kept, err := folder.Snapshots()
	if err != nil || len(kept) == 0 {
		t.Fatalf("snapshots %v: %v", kept, err)
	}
	in, err := folder.Snapshot(kept[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if d.state, err = io.ReadAll(in); err != nil {
		t.Fatal(err)
	}
	d.Seed = replica.Seed{Index: kept[0].Index, Term: kept[0].Term, Name: "quarry", Entries: func(func(replica.Stored, error) bool) {}}
	return d
}

// fill makes nodes one by one, so that each is an entry of its own.
func (c *Cluster) fill(ctx context.Context) error {
	if err := c.Serve(ctx); err != nil {
		return err
	}
	s, err := c.Node(0).Open(ctx, sdk.Login{})
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range quarried {
		if got := exchange(ctx, s, []sdk.Op{create(fmt.Sprintf("/quarry-%d", i))}); len(got) != 1 || got[0].Code != sdk.OK {
			return fmt.Errorf("node %d: %v", i, got)
		}
	}
	return nil
}
