package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBucketsFollowEachOther(t *testing.T) {
	last := -1
	for _, v := range []uint64{0, 1, 63, 64, 65, 127, 128, 129, 130, 255, 256, 1 << 20, 1<<20 + 1<<14, 1<<63 - 1, 1<<64 - 1} {
		i := bucket(v)
		if i < last || i >= buckets {
			t.Errorf("%d in bucket %d, after %d", v, i, last)
		}
		if top := ceiling(i); top < v || float64(top-v) > float64(v)/subs {
			t.Errorf("%d in bucket %d, which ends at %d", v, i, top)
		}
		if i > 0 && ceiling(i-1) >= v {
			t.Errorf("%d would fit in bucket %d", v, i-1)
		}
		last = i
	}
}

// TestQuantiles compares with the sorted times themselves.
func TestQuantiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var whole, half histogram
	times := make([]time.Duration, 10001)
	for i := range times {
		times[i] = time.Duration(random.ExpFloat64() * float64(time.Millisecond))
		if i%2 == 0 {
			whole.add(times[i])
		} else {
			half.add(times[i])
		}
	}
	whole.merge(&half)
	slices.Sort(times)
	for _, part := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		want := times[int(part*float64(len(times)-1))]
		if got := whole.quantile(part); got < want*98/100 || got > want*103/100 {
			t.Errorf("quantile %v is %v, want %v", part, got, want)
		}
	}
	if whole.most != times[len(times)-1] || whole.n != uint64(len(times)) {
		t.Errorf("most %v of %d", whole.most, whole.n)
	}
	var empty histogram
	if empty.quantile(0.5) != 0 || empty.mean() != 0 {
		t.Error("an empty histogram has times")
	}
}
