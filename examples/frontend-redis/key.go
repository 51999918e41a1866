package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// keys says which node a key is: the key "a/b" is the node a/b below the root.
type keys struct{ root string }

// maxDepth is how many components a key may have, so that what has to be made above it is asked for at once.
const maxDepth = 32

// path is the node of a key. The error is a person's fault.
func (k keys) path(key string) (string, error) {
	if strings.Count(key, "/") >= maxDepth {
		return "", fmt.Errorf("key has more than %d components", maxDepth)
	}
	path := strings.TrimSuffix(k.root, "/") + "/" + key
	if err := sdk.ValidatePath(path); err != nil {
		return "", err
	}
	if path == "/" || hidden(path) {
		return "", errors.New("no such key is possible")
	}
	return path, nil
}

// key is the key of a node; the root and what is not below it have none.
func (k keys) key(path string) (string, bool) {
	if path == k.root || !sdk.Below(path, k.root) || hidden(path) {
		return "", false
	}
	return strings.TrimPrefix(strings.TrimPrefix(path, k.root), "/"), true
}

// hidden reports whether a node is the server's own, and no key.
func hidden(path string) bool {
	return sdk.Below(path, sdk.GroveRoot) || sdk.Below(path, sdk.ZooKeeperRoot)
}

// match reports whether text fits a pattern as Redis has them: * ? [a-c] [^a] and \ before what stands for itself. On a
// mismatch it goes back to the last *, so the work is bounded by the product of the two.
func match(pattern, text string) bool {
	at, i, star, mark := 0, 0, -1, 0
	for i < len(text) {
		if at < len(pattern) && pattern[at] == '*' {
			star, mark = at, i
			at++
			continue
		}
		if width, fits := matchOne(pattern[at:], text[i]); fits {
			at, i = at+width, i+1
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		at, i = star+1, mark
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// matchOne matches one byte against what stands first in the pattern, and tells how long that is.
func matchOne(pattern string, c byte) (width int, fits bool) {
	switch {
	case pattern == "":
		return 0, false
	case pattern[0] == '?':
		return 1, true
	case pattern[0] == '\\' && len(pattern) > 1:
		return 2, pattern[1] == c
	case pattern[0] == '[':
		return matchClass(pattern, c)
	}
	return 1, pattern[0] == c
}

// matchClass matches [abc], [a-c] and [^abc]. A class without an end goes to the end of the pattern.
func matchClass(pattern string, c byte) (width int, fits bool) {
	body, _, _ := strings.Cut(pattern[1:], "]")
	width = min(len(body)+2, len(pattern))
	body, not := strings.CutPrefix(body, "^")
	for i := 0; i < len(body); i++ {
		if i+2 < len(body) && body[i+1] == '-' {
			fits = fits || body[i] <= c && c <= body[i+2]
			i += 2
		} else {
			fits = fits || body[i] == c
		}
	}
	return width, fits != not
}
