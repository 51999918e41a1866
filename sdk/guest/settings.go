package guest

import (
	"iter"
	"strconv"
	"strings"
)

// Lines yields settings that are written as lines of a key and a value: the first word of each line and what follows
// it, without the space around. Empty lines and those that begin with # are left out. Both are copies, to be kept as
// they are. A module need not use this form, but one that does should refuse keys that it does not know.
func Lines(settings []byte) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		for line := range strings.SplitSeq(string(settings), "\n") {
			line = strings.Trim(line, blanks)
			if line == "" || line[0] == '#' {
				continue
			}
			key, value := line, ""
			if end := strings.IndexAny(line, blanks); end >= 0 {
				key, value = line[:end], strings.TrimLeft(line[end:], blanks)
			}
			if !yield(key, value) {
				return
			}
		}
	}
}

const blanks = " \t\r"

// Int reads a decimal integer of 64 bits, with a minus in front or nothing.
func Int(value string) (int64, bool) {
	if strings.HasPrefix(value, "+") {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return n, err == nil
}

// Bool reads true or false.
func Bool(value string) (on, ok bool) { return value == "true", value == "true" || value == "false" }
