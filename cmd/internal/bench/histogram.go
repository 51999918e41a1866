package bench

import (
	"math/bits"
	"time"
)

// The buckets of a histogram grow with the value: 64 to every power of two, so that a value is known to 1.6 %. That is all
// of an HDR histogram that is needed, in a few lines.
const (
	subBits = 6
	subs    = 1 << subBits
	buckets = (65 - subBits) * subs
)

// A histogram counts times.
type histogram struct {
	counts [buckets]uint64
	n      uint64
	sum    time.Duration
	most   time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.n++
	h.sum += d
	h.most = max(h.most, d)
}

// bucket is the place of a value: itself while it is small, then its exponent and what is next to its first digit.
func bucket(v uint64) int {
	if v < subs {
		return int(v)
	}
	exponent := bits.Len64(v) - subBits - 1
	return exponent*subs + int(v>>exponent)
}

// ceiling is the greatest value of a bucket.
func ceiling(i int) uint64 {
	if i < 2*subs {
		return uint64(i)
	}
	exponent := i/subs - 1
	return (uint64(i-exponent*subs)+1)<<exponent - 1
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.n += other.n
	h.sum += other.sum
	h.most = max(h.most, other.most)
}

// quantile is a time that the given part of all is not longer than.
func (h *histogram) quantile(part float64) time.Duration {
	wanted := uint64(part*float64(h.n) + 0.5)
	var seen uint64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= wanted {
			return min(time.Duration(ceiling(i)), h.most)
		}
	}
	return h.most
}

func (h *histogram) mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return h.sum / time.Duration(h.n)
}
