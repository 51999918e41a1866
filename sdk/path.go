package sdk

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Where the tree has the affairs of servers. No rule judges what stands there.
const (
	GroveRoot     = "/grove"     // rules and modules, history, settings, what frontends keep; the feed does not tell of it
	ZooKeeperRoot = "/zookeeper" // as ZooKeeper has it: quotas, the members of the cluster
)

// ErrBadPath is what every error of ValidatePath is, for errors.Is.
var ErrBadPath = errors.New("invalid path")

// badPath is ErrBadPath and what it is that is bad.
type badPath struct{ what string }

func (b badPath) Error() string        { return ErrBadPath.Error() + b.what }
func (b badPath) Is(target error) bool { return target == ErrBadPath }

// ValidatePath reports why path may not name a znode, or nil. The rules are ZooKeeper's PathUtils.validatePath:
// absolute, no trailing slash, no empty, "." or ".." component, no control characters, and nothing of
// U+D800–F8FF or U+FFF0–FFFF counted in UTF-16 units, which refuses everything beyond the basic plane too.
func ValidatePath(path string) error {
	switch {
	case path == "":
		return badPath{": empty"}
	case path[0] != '/':
		return badPath{" " + strconv.Quote(path) + ": must start with /"}
	case path == "/":
		return nil
	case path[len(path)-1] == '/':
		return badPath{" " + strconv.Quote(path) + ": must not end with /"}
	}
	return validateComponents(path)
}

func validateComponents(path string) error {
	for rest := path[1:]; ; {
		name, tail, more := strings.Cut(rest, "/")
		if name == "" || name == "." || name == ".." {
			return badPath{" " + strconv.Quote(path) + ": component " + strconv.Quote(name)}
		}
		if r, bad := forbiddenRune(name); bad {
			return badPath{" " + strconv.Quote(path) + ": character " + strconv.QuoteRuneToASCII(r)}
		}
		if !more {
			return nil
		}
		rest = tail
	}
}

func forbiddenRune(name string) (rune, bool) {
	for i, r := range name {
		if r >= 0x20 && r < 0x7f {
			continue
		}
		if r == utf8.RuneError {
			if _, width := utf8.DecodeRuneInString(name[i:]); width <= 1 {
				return r, true
			}
		}
		if r < 0x20 || r <= 0x9f || (r >= 0xd800 && r <= 0xf8ff) || r >= 0xfff0 {
			return r, true
		}
	}
	return 0, false
}

// SplitPath cuts a valid path into its parent and its last component: "/a/b" is ("/a", "b"), "/a" is ("/", "a"),
// "/" is ("", ""). It does not allocate.
func SplitPath(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	switch {
	case len(path) <= 1 || i < 0:
		return "", ""
	case i == 0:
		return "/", path[1:]
	}
	return path[:i], path[i+1:]
}

// JoinPath is the path of child name below parent.
func JoinPath(parent, name string) string {
	if parent == "/" {
		return "/" + name
	}
	return parent + "/" + name
}

// Below reports whether path is root itself or lies below it.
func Below(path, root string) bool {
	if root == "/" {
		return strings.HasPrefix(path, "/")
	}
	return strings.HasPrefix(path, root) && (len(path) == len(root) || path[len(root)] == '/')
}
