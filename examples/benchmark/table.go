package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// spread is the median of some numbers, the least and the greatest.
type spread struct{ least, median, most float64 }

func spreadOf(numbers []float64) spread {
	if len(numbers) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	sorted := slices.Sorted(slices.Values(numbers))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// String is "12 (11..15)", or "12" when there is nothing between.
func (s spread) String() string {
	switch {
	case math.IsNaN(s.median):
		return "–"
	case s.least == s.most:
		return digits(s.median)
	}
	return fmt.Sprintf("%s (%s..%s)", digits(s.median), digits(s.least), digits(s.most))
}

// digits writes three digits that count, with commas between thousands.
func digits(v float64) string {
	if math.Abs(v) < 1000 {
		return fmt.Sprintf("%.3g", v)
	}
	text := fmt.Sprintf("%.0f", v)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// ratios are those of two kinds, round by round.
func (o *outcome) ratios(a, b, metric string) spread {
	of, by := o.numbers[a][metric], o.numbers[b][metric]
	ratios := make([]float64, 0, len(of))
	for i := range min(len(of), len(by)) {
		if by[i] != 0 {
			ratios = append(ratios, of[i]/by[i])
		}
	}
	return spreadOf(ratios)
}

// met reports whether Grove reaches a goal, by the medians. known is false when there is nothing to compare with.
func (o *outcome) met(g goal) (met, known bool) {
	have, against := spreadOf(o.numbers["grove"][g.metric]).median, g.atMost
	if g.times != 0 {
		have, against = o.ratios("grove", "zookeeper", g.metric).median, g.times
	}
	if math.IsNaN(have) {
		return false, false
	}
	if moreIsBetter(g.metric) {
		return have >= against, true
	}
	return have <= against, true
}

// goalFor is what the last column says of a metric.
func (o *outcome) goalFor(metric string) string {
	var words []string
	for _, g := range o.task.goals {
		if g.metric != metric {
			continue
		}
		text := fmt.Sprintf("%d: %s×", g.budget, digits(g.times))
		if g.times == 0 {
			text = fmt.Sprintf("%d: at most %s", g.budget, digits(g.atMost))
		}
		switch met, known := o.met(g); {
		case !known:
		case met:
			text += ", met"
		default:
			text += ", **missed**"
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}

// print writes the outcomes as a table in Markdown.
func print(w io.Writer, outcomes []*outcome) error {
	var text strings.Builder
	text.WriteString("| servers | what | number | Grove | ZooKeeper | etcd | Grove : ZooKeeper | Grove : etcd | budget |\n")
	text.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, o := range outcomes {
		for _, metric := range []string{rate, p50, disk, inSyncs, p99, wait, bytes, busy} {
			if o.numbers["grove"][metric] == nil {
				continue
			}
			fmt.Fprintf(&text, "| %d | %s | %s | %v | %v | %v | %v | %v | %s |\n", o.servers, o.task.name, metric,
				spreadOf(o.numbers["grove"][metric]), spreadOf(o.numbers["zookeeper"][metric]), spreadOf(o.numbers["etcd"][metric]),
				o.ratios("grove", "zookeeper", metric), o.ratios("grove", "etcd", metric), o.goalFor(metric))
		}
	}
	for _, o := range outcomes {
		for _, kind := range slices.Sorted(maps.Keys(o.failures)) {
			if n := o.failures[kind]; n > 0 {
				fmt.Fprintf(&text, "\n%s, %d servers: %s failed in %d rounds.\n", o.task.name, o.servers, kind, n)
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
