package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRuns adds children in no order, a few of them twice, and takes them in order, each once.
func TestRuns(t *testing.T) {
	for _, count := range []int{0, 1, 2, gatherOne, gatherOne + 1, 5*gatherOne + 7} {
		for seed := range uint64(10) {
			r := rand.New(rand.NewPCG(seed, uint64(count)))
			var all, want []kid
			for i := range count {
				k := kid{fmt.Sprintf("%05d", i), number(i + 1)}
				want = append(want, k)
				for range 1 + r.IntN(20)/19 {
					all = append(all, k)
				}
			}
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			var under runs
			for run := range slices.Chunk(all, 1+r.IntN(gatherOne)) {
				under.add(run)
			}
			if got := taken(&under); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %d children, not the %d in order", seed, len(got), len(want))
			}
		}
	}
}

func taken(r *runs) (all []kid) {
	var next, room []kid
	for r.left() {
		next, room = r.take(room)
		all = append(all, next...)
	}
	return all
}
