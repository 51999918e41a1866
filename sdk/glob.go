package sdk

import (
	"errors"
	"strconv"
	"strings"
)

// Glob matches paths component by component: "*" stands for any one component or, inside one, for any run of
// characters, and "**" for any number of components, none included: "/config/**" matches "/config",
// "/config/a" and "/config/a/b".
type Glob struct {
	text  string
	parts []string
}

// The bounds of a pattern, which bound what matching it costs.
const (
	maxPattern = 1 << 10 // bytes
	maxDeep    = 8       // components that are "**"
	maxStars   = 8       // "*" in one component
)

// ParseGlob reads a pattern. It must start with "/", have no empty component, and be no longer and no wilder than
// anybody means.
func ParseGlob(text string) (Glob, error) {
	if len(text) > maxPattern || strings.Count(text, "/**") > maxDeep {
		return Glob{}, badPattern(text[:min(len(text), 40)]+"…", "longer than "+strconv.Itoa(maxPattern)+" bytes, or more than "+strconv.Itoa(maxDeep)+" times **")
	}
	if !strings.HasPrefix(text, "/") {
		return Glob{}, badPattern(text, "must start with /")
	}
	if text == "/" {
		return Glob{text: text}, nil
	}
	parts := strings.Split(text[1:], "/")
	for _, part := range parts {
		if part == "" {
			return Glob{}, badPattern(text, "empty component")
		}
		if strings.Count(part, "*") > maxStars {
			return Glob{}, badPattern(text, "more than "+strconv.Itoa(maxStars)+" times * in a component")
		}
		if part != "**" && strings.Contains(part, "**") {
			return Glob{}, badPattern(text, "** must be a component of its own")
		}
	}
	return Glob{text: text, parts: parts}, nil
}

func badPattern(text, why string) error {
	return errors.New("pattern " + strconv.Quote(text) + ": " + why)
}

// String is the pattern as it was parsed.
func (g Glob) String() string { return g.text }

// Match reports whether the whole path fits the pattern.
func (g Glob) Match(path string) bool {
	return matchParts(g.parts, strings.TrimPrefix(path, "/"))
}

// MatchNumbered reports whether path, with a number of ten digits or more behind it, can fit the pattern: whether a
// sequential create of path may make a node that does.
func (g Glob) MatchNumbered(path string) bool {
	return matchParts(g.parts, strings.TrimPrefix(path, "/")+number)
}

// number stands for any ten digits or more at the end of a name; no name holds this character.
const (
	number    = "\x00"
	minDigits = 10
	maxDigits = 19
)

// matchParts walks pattern and path together; on a mismatch it goes back to the last "**" and lets that take
// one more component, so that the work is bounded by their product.
func matchParts(parts []string, path string) bool {
	at, star, starPath := 0, -1, ""
	for path != "" {
		name, rest, _ := strings.Cut(path, "/")
		switch {
		case at < len(parts) && parts[at] == "**":
			star, starPath = at, path
			at++
			continue
		case at < len(parts) && matchName(parts[at], name):
			at, path = at+1, rest
			continue
		case star < 0:
			return false
		}
		_, starPath, _ = strings.Cut(starPath, "/")
		at, path = star+1, starPath
	}
	for at < len(parts) && parts[at] == "**" {
		at++
	}
	return at == len(parts)
}

// matchName matches one component against a pattern in which "*" stands for any run of bytes.
func matchName(pattern, name string) bool {
	if prefix, numbered := strings.CutSuffix(name, number); numbered {
		return matchNumbered(pattern, prefix)
	}
	at, i, star, mark := 0, 0, -1, 0
	for i < len(name) {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, mark = at, i
			at++
		case at < len(pattern) && pattern[at] == name[i]:
			at, i = at+1, i+1
		case star >= 0:
			mark++
			at, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// matchNumbered follows all ways to match prefix and then digits at once: at[i] says that the pattern may have been
// used up to i. A prefix longer than any pattern can only be fit by "*", and then what comes after it may be too.
func matchNumbered(pattern, prefix string) bool {
	if len(prefix) > maxPattern {
		return strings.Contains(pattern, "*")
	}
	at := make([]bool, len(pattern)+1)
	at[0] = true
	for i := range len(prefix) {
		at = step(pattern, at, func(c byte) bool { return c == prefix[i] })
	}
	for digits := 1; digits <= maxDigits; digits++ {
		at = step(pattern, at, func(c byte) bool { return '0' <= c && c <= '9' })
		if digits >= minDigits && closed(pattern, at)[len(pattern)] {
			return true
		}
	}
	return false
}

// step uses one character that the pattern's literal must fit.
func step(pattern string, at []bool, fits func(byte) bool) []bool {
	next := make([]bool, len(at))
	for i, here := range closed(pattern, at) {
		switch {
		case !here || i == len(pattern):
		case pattern[i] == '*':
			next[i] = true
		case fits(pattern[i]):
			next[i+1] = true
		}
	}
	return next
}

// closed adds what is reached by letting a "*" stand for nothing more.
func closed(pattern string, at []bool) []bool {
	for i := range len(pattern) {
		if at[i] && pattern[i] == '*' {
			at[i+1] = true
		}
	}
	return at
}
