//go:build oracle

package oracle

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

var (
	ops   = flag.Int("ops", 5000, "steps for each seed")
	seeds = flag.Uint64("seeds", 20, "how many seeds")
	first = flag.Uint64("first", 1, "the first seed")
)

// TestDifferences: what is said to differ does.
func TestDifferences(t *testing.T) {
	original, ours := startZooKeeper(t), startGrove(t)
	for _, known := range differences {
		if known.shown == nil {
			continue
		}
		t.Run(known.what, func(t *testing.T) {
			one, other := converse(t, original, known.shown), converse(t, ours, known.shown)
			if one == other {
				t.Errorf("both say\n%s", one)
			}
		})
	}
}

// converse asks one thing after another on a session of its own, and puts down what is said without zxids and times.
func converse(t *testing.T, addr string, ops []sdk.Op) string {
	t.Helper()
	l, err := dial(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.leave()
	var b strings.Builder
	for i, op := range ops {
		if err := l.ask(question{xid: int32(i + 1), op: op}); err != nil {
			t.Fatal(err)
		}
		all, err := l.listen(false)
		for _, h := range all {
			fmt.Fprintln(&b, h.kind(), h.event.Path)
		}
		if err != nil {
			fmt.Fprintln(&b, ending(err))
			break
		}
	}
	return b.String()
}

// TestOracle: Grove says what Apache ZooKeeper says.
func TestOracle(t *testing.T) {
	everySeed(t, func(t *testing.T, original, ours string, seed uint64) {
		d := newDuel(t, original, ours, newScript(seed))
		defer d.leave()
		d.play(d.script.first())
		for range *ops {
			d.play(d.script.next())
		}
		t.Log("heard: ", d.heard)
		for _, known := range differences {
			t.Logf("%6d times: %s (%s)", d.excused[known.what], known.what, known.why)
		}
	})
}

// pairs is how many pairs of servers there are at most. Those of a pair mostly wait for each other, so several run side
// by side, as many as -parallel allows.
const pairs = 4

// everySeed plays each seed on one of the pairs.
func everySeed(t *testing.T, play func(t *testing.T, original, ours string, seed uint64)) {
	several := min(pairs, *seeds)
	for pair := range several {
		t.Run(fmt.Sprint("pair=", pair), func(t *testing.T) {
			t.Parallel()
			original, ours := startZooKeeper(t), startGrove(t)
			for seed := *first + pair; seed < *first+*seeds; seed += several {
				t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { play(t, original, ours, seed) })
			}
		})
	}
}
