package bench

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Loads are what can be measured.
var Loads = []string{"get", "set", "create", "mixed", "watch", "connect"}

// Config says what to measure.
type Config struct {
	Servers  []string      // host:port; sessions are spread over them
	Load     string        // one of Loads
	Sessions int           // connections at a time
	Depth    int           // requests each keeps unanswered; watch and connect have one
	Size     int           // bytes of a value
	Keys     int           // nodes that get, set and mixed use
	Writes   int           // of a hundred operations of mixed
	Duration time.Duration // how long, unless Count comes first
	Count    int64         // how many operations; 0 for no bound
}

// maxSize leaves room in a frame for the rest of a request.
const maxSize = 1<<20 - 1<<10

// Check refuses what cannot be measured. The error names the field.
func (c *Config) Check() error {
	for _, bound := range []struct {
		name        string
		value       int
		least, most int
	}{
		{"servers", len(c.Servers), 1, 1 << 10}, {"sessions", c.Sessions, 1, 1 << 16}, {"depth", c.Depth, 1, 1 << 16},
		{"size", c.Size, 0, maxSize}, {"keys", c.Keys, 1, 1 << 24}, {"writes", c.Writes, 0, 100},
	} {
		if bound.value < bound.least || bound.value > bound.most {
			return fmt.Errorf("%s: %d is not from %d to %d", bound.name, bound.value, bound.least, bound.most)
		}
	}
	switch {
	case !slices.Contains(Loads, c.Load):
		return fmt.Errorf("%q is none of %s", c.Load, strings.Join(Loads, ", "))
	case c.Duration <= 0:
		return fmt.Errorf("duration: %s is no time", c.Duration)
	case c.Count < 0:
		return fmt.Errorf("count: %d is less than none", c.Count)
	}
	return nil
}
