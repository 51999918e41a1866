package sdk

import (
	"fmt"
	"strings"
)

// Glob matches paths component by component: "*" stands for any one component or, inside one, for any run of
// characters, and "**" for any number of components, none included: "/config/**" matches "/config",
// "/config/a" and "/config/a/b".
type Glob struct {
	text  string
	parts []string
}

// ParseGlob reads a pattern. It must start with "/" and have no empty component.
func ParseGlob(text string) (Glob, error) {
	if !strings.HasPrefix(text, "/") {
		return Glob{}, fmt.Errorf("pattern %q: must start with /", text)
	}
	if text == "/" {
		return Glob{text: text}, nil
	}
	parts := strings.Split(text[1:], "/")
	for _, part := range parts {
		if part == "" {
			return Glob{}, fmt.Errorf("pattern %q: empty component", text)
		}
		if part != "**" && strings.Contains(part, "**") {
			return Glob{}, fmt.Errorf("pattern %q: ** must be a component of its own", text)
		}
	}
	return Glob{text: text, parts: parts}, nil
}

// String is the pattern as it was parsed.
func (g Glob) String() string { return g.text }

// Match reports whether the whole path fits the pattern.
func (g Glob) Match(path string) bool {
	return matchParts(g.parts, strings.TrimPrefix(path, "/"))
}

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
