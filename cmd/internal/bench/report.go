package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Report is what was measured. Its fields as JSON are what programs may rely on.
type Report struct {
	Load       string           `json:"load"`
	Servers    []string         `json:"servers"`
	Sessions   int              `json:"sessions"`
	Depth      int              `json:"depth"`
	Size       int              `json:"size"`
	Keys       int              `json:"keys"`
	Seconds    float64          `json:"seconds"`
	Operations uint64           `json:"operations"`
	PerSecond  float64          `json:"per_second"`
	Latency    Latency          `json:"latency_us"`
	Errors     map[string]int64 `json:"errors"` // how many of each; operations that fail count among the operations too
}

// Latency is how long operations took, in microseconds; quantiles are exact to 1.6 %.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

func (r *run) report(took time.Duration) *Report {
	var times histogram
	errors := map[string]int64{}
	for _, w := range r.workers {
		times.merge(&w.times)
		for text, n := range w.errors {
			errors[text] += n
		}
	}
	c := r.config
	return &Report{
		Load: c.Load, Servers: c.Servers, Sessions: c.Sessions, Depth: c.Depth, Size: c.Size, Keys: r.field.keys(),
		Seconds: took.Seconds(), Operations: times.n, PerSecond: float64(times.n) / took.Seconds(),
		Latency: Latency{
			Mean: micros(times.mean()), P50: micros(times.quantile(0.5)), P90: micros(times.quantile(0.9)),
			P99: micros(times.quantile(0.99)), P999: micros(times.quantile(0.999)), Max: micros(times.most),
		},
		Errors: errors,
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// Write writes the report for people to read.
func (r *Report) Write(out io.Writer) error {
	_, err := fmt.Fprintf(out, "%s: %d sessions, %d deep, values of %d bytes, %d keys, %.1f s\n"+
		"  %d operations, %.0f a second\n"+
		"  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n",
		r.Load, r.Sessions, r.Depth, r.Size, r.Keys, r.Seconds, r.Operations, r.PerSecond,
		span(r.Latency.P50), span(r.Latency.P90), span(r.Latency.P99), span(r.Latency.P999), span(r.Latency.Max))
	for _, text := range slices.Sorted(maps.Keys(r.Errors)) {
		if err == nil {
			_, err = fmt.Fprintf(out, "  %d times: %s\n", r.Errors[text], text)
		}
	}
	return err
}

// span is a time with three digits that count.
func span(micros float64) string {
	switch {
	case micros < 1e3:
		return fmt.Sprintf("%.3gµs", micros)
	case micros < 1e6:
		return fmt.Sprintf("%.3gms", micros/1e3)
	}
	return fmt.Sprintf("%.3gs", micros/1e6)
}
