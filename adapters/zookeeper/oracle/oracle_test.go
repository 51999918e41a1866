//go:build oracle

package oracle

import (
	"flag"
	"fmt"
	"slices"
	"testing"
)

var (
	ops   = flag.Int("ops", 3000, "steps for each seed")
	seeds = flag.Uint64("seeds", 2, "how many seeds")
	first = flag.Uint64("first", 1, "the first seed")
)

// TestOracle: Grove says what Apache ZooKeeper says.
func TestOracle(t *testing.T) {
	original, ours := startZooKeeper(t), startGrove(t)
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			d := newDuel(t, original, ours, newScript(seed))
			defer d.leave()
			d.play(d.script.first())
			for range *ops {
				d.play(d.script.next())
			}
			t.Log("heard: ", d.heard)
			for _, known := range slices.Concat(differences, defects) {
				t.Logf("%6d times: %s (%s)", d.excused[known.what], known.what, known.why)
			}
		})
	}
}
