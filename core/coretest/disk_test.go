package coretest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// outages has all nodes lose their power while they work, a few times, and says what they have lost of what they had
// acknowledged, or who does not come back.
func outages(ctx context.Context, t *testing.T, c *Cluster) error {
	var h History
	r := rand.New(rand.NewPCG(1, 1))
	for round := range 4 {
		s, err := c.Node(0).Open(ctx, sdk.Login{})
		must(t, err)
		for i := range 20 {
			op := set("/own-0", fmt.Sprintf("%d%02d.0", round, i))
			if got := exchange(ctx, s, []sdk.Op{op}); len(got) == 1 && got[0].Code == sdk.OK {
				h.acknowledge(op.Path, string(op.Data))
			}
		}
		c.PowerCut(r, 0, 1, 2)
		_ = s.Close() // never fails
		for i := range 3 {
			err = errors.Join(err, c.start(c.seat(i)))
		}
		if err = errors.Join(err, c.Serve(ctx)); err != nil {
			return err
		}
	}
	committed, err := drain(ctx, c, 0)
	if _, acknowledged := h.Counts(); acknowledged < 40 {
		t.Errorf("%d writes were acknowledged: that is no test", acknowledged)
	}
	return errors.Join(err, h.Kept(committed))
}

// What was acknowledged is there when the power is back, on all nodes at once; and with disks that say that they have
// synced, and have not, it is not.
func TestPowerCut(t *testing.T) {
	for _, lies := range []bool{false, true} {
		t.Run(fmt.Sprintf("lies=%v", lies), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := Open(t, 1, 3, brief, func(cfg *core.Config) { cfg.Disk.(*Disk).lies = lies })
				defer c.Close()
				must(t, c.Serve(t.Context()), Prepare(t.Context(), c, 1))
				if err := outages(t.Context(), t, c); (err != nil) != lies {
					t.Errorf("disks that lie: %v; after the last power cut: %v", lies, err)
				} else if lies {
					t.Log(err)
				}
			})
		})
	}
}

// What was not synced is lost sector by sector, and what was is not.
func TestDiskLoses(t *testing.T) {
	dir := t.TempDir()
	d := NewDisk()
	f, err := d.Create(dir, "log", 4*sector)
	must(t, err)
	defer f.Close()
	write := func(at int, what byte) {
		b := make([]byte, sector)
		for i := range b {
			b[i] = what
		}
		_, err := f.WriteAt(b, int64(at))
		must(t, err)
	}
	write(0, 'a')
	must(t, f.Sync())
	write(sector/2, 'b') // on two sectors
	write(sector, 'c')
	d.Fail()
	if _, err := f.WriteAt([]byte("d"), 0); !errors.Is(err, errNoPower) || !errors.Is(f.Sync(), errNoPower) {
		t.Errorf("written without power: %v", err)
	}
	seen := make(map[string]bool)
	for seed := range uint64(64) {
		other := t.TempDir()
		must(t, duplicate(dir, other))
		lost, err := d.Lose(other, rand.New(rand.NewPCG(seed, 0)))
		must(t, err)
		got, err := os.ReadFile(filepath.Join(other, "log"))
		must(t, err)
		what := fmt.Sprintf("%c%c%c%c lost %d", got[0], got[sector-1], got[sector], got[2*sector-1], lost)
		seen[what] = true
		if got[0] != 'a' {
			t.Errorf("seed %d: what was synced is lost: %s", seed, what)
		}
	}
	if len(seen) < 4 {
		t.Errorf("only %v", seen)
	}
}
