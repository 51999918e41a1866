package soak

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Summary is what came of a run.
type Summary struct {
	Took       time.Duration
	Writes     int64          // acknowledged
	Reads      int64          // answered
	Unknown    int            // writes of registers whose outcome nobody knows
	Faults     map[string]int // done, by kind
	Registers  int            // whose history was checked
	Broken     int            // registers whose history is not linearizable
	Undecided  int            // registers whose check took too long
	Example    string         // one that is broken
	Lost       int            // counters that have lost an acknowledged number
	Backwards  int64          // times that a client saw a counter go back
	Inequality string         // how nodes differ in the end, "" for not at all
}

// Good reports whether nothing is lost and nothing out of order.
func (s *Summary) Good() bool {
	return s.Broken == 0 && s.Lost == 0 && s.Backwards == 0 && s.Inequality == ""
}

// String is the summary as people read it.
func (s *Summary) String() string {
	var out strings.Builder
	total := 0
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(s.Faults)) {
		total += s.Faults[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, s.Faults[kind]))
	}
	fmt.Fprintf(&out, "operations    %d writes acknowledged, %d reads, %d writes of unknown outcome, in %v\n",
		s.Writes, s.Reads, s.Unknown, s.Took.Round(time.Second))
	fmt.Fprintf(&out, "faults        %d: %s\n", total, strings.Join(kinds, ", "))
	fmt.Fprintf(&out, "lost          %d\n", s.Lost)
	fmt.Fprintf(&out, "order broken  %d\n", s.Backwards)
	fmt.Fprintf(&out, "linearizable  %d of %d registers", s.Registers-s.Broken-s.Undecided, s.Registers)
	if s.Undecided > 0 {
		fmt.Fprintf(&out, ", %d undecided", s.Undecided)
	}
	if s.Broken > 0 {
		fmt.Fprintf(&out, ", %d broken, such as %s", s.Broken, s.Example)
	}
	out.WriteByte('\n')
	if s.Inequality != "" {
		fmt.Fprintf(&out, "nodes differ  %s\n", s.Inequality)
	}
	return out.String()
}
