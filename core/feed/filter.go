package feed

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// Filter is what a follower wants to see. The zero value lets everything through.
type Filter struct {
	paths []sdk.Glob
	kinds []sdk.ChangeKind
}

// NewFilter reads the patterns of want. The error names the one that cannot be read.
func NewFilter(want sdk.Following) (Filter, error) {
	f := Filter{kinds: want.Kinds}
	for _, pattern := range want.Paths {
		glob, err := sdk.ParseGlob(pattern)
		if err != nil {
			return Filter{}, err
		}
		f.paths = append(f.paths, glob)
	}
	return f, nil
}

// Open reports whether the filter lets everything through.
func (f *Filter) Open() bool { return len(f.paths) == 0 && len(f.kinds) == 0 }

// Fits reports whether the filter lets a change through.
func (f *Filter) Fits(c *sdk.Change) bool {
	if len(f.kinds) > 0 && !slices.Contains(f.kinds, c.Kind) {
		return false
	}
	return len(f.paths) == 0 || slices.ContainsFunc(f.paths, func(g sdk.Glob) bool { return g.Match(c.Path) })
}

// Pick gives t with the changes that fit, in their order; t itself, which may be shared, is left alone.
func (f *Filter) Pick(t sdk.Transaction) sdk.Transaction {
	if f.Open() {
		return t
	}
	first := slices.IndexFunc(t.Changes, func(c sdk.Change) bool { return !f.Fits(&c) })
	if first < 0 {
		return t
	}
	picked := slices.Clone(t.Changes[:first])
	for i := first + 1; i < len(t.Changes); i++ {
		if f.Fits(&t.Changes[i]) {
			picked = append(picked, t.Changes[i])
		}
	}
	t.Changes = picked
	return t
}
