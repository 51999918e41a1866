package admit

import "sync/atomic"

// classes is how many classes a histogram has; each but the last goes four times as far as the one before.
const classes = 10

// firstBound is how far the first class goes: a microsecond of time in nanoseconds, or as much fuel.
const firstBound = 1000

// histogram counts values by their size. Counting is one atomic addition.
type histogram struct{ counts [classes]atomic.Int64 }

func (h *histogram) count(value int64) {
	class := 0
	for bound := int64(firstBound); value > bound && class < classes-1; bound *= 4 {
		class++
	}
	h.counts[class].Add(1)
}

func (h *histogram) add(o *histogram) {
	for i := range h.counts {
		h.counts[i].Add(o.counts[i].Load())
	}
}

// Histogram says how many values there were of which size.
type Histogram struct {
	Bounds []int64 `json:"bounds"` // the largest value of each class; the last class has none
	Counts []int64 `json:"counts"` // of each class, one more than bounds
}

func (h *histogram) tell() Histogram {
	told := Histogram{Bounds: make([]int64, 0, classes-1), Counts: make([]int64, 0, classes)}
	bound := int64(firstBound)
	for i := range h.counts {
		if told.Counts = append(told.Counts, h.counts[i].Load()); i < classes-1 {
			told.Bounds = append(told.Bounds, bound)
			bound *= 4
		}
	}
	return told
}
