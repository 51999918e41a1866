package nats

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// filter is what of the tree is published.
type filter struct {
	globs []sdk.Glob // none: every path
	kinds []sdk.ChangeKind
}

// filter reads the patterns and words of the settings.
func (s Settings) filter() (f filter, err error) {
	for _, pattern := range s.Paths {
		glob, err := sdk.ParseGlob(pattern)
		if err != nil {
			return filter{}, fmt.Errorf("paths: %w", err)
		}
		f.globs = append(f.globs, glob)
	}
	for _, word := range s.Kinds {
		kind := sdk.Created
		for kind <= sdk.ACLChanged && kind.String() != word {
			kind++
		}
		if kind > sdk.ACLChanged {
			return filter{}, fmt.Errorf("kinds: %q is none of created, changed, deleted, acl", word)
		}
		f.kinds = append(f.kinds, kind)
	}
	return f, nil
}

// following is what to ask of the feed.
func (f *filter) following(from int64) sdk.Following {
	want := sdk.Following{From: from, Kinds: f.kinds}
	for _, glob := range f.globs {
		want.Paths = append(want.Paths, glob.String())
	}
	return want
}

// shows reports whether a node belongs into a snapshot.
func (f *filter) shows(path string) bool {
	if sdk.Below(path, sdk.GroveRoot) {
		return false
	}
	return len(f.globs) == 0 || slices.ContainsFunc(f.globs, func(g sdk.Glob) bool { return g.Match(path) })
}

// root is the deepest node that has all that the filter shows below it, or is it.
func (f *filter) root() string {
	if len(f.globs) == 0 {
		return "/"
	}
	root := literal(f.globs[0].String())
	for _, glob := range f.globs[1:] {
		for !sdk.Below(literal(glob.String()), root) {
			root, _ = sdk.SplitPath(root)
		}
	}
	return root
}

// literal is what of a pattern comes before its first component with a star.
func literal(pattern string) string {
	star := strings.IndexByte(pattern, '*')
	if star < 0 {
		return pattern
	}
	path, _ := sdk.SplitPath(pattern[:star])
	return cmp.Or(path, "/")
}
