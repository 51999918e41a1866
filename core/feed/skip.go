package feed

import "github.com/grove-coordination/grove/sdk"

// bookkeeping is the subtree in which Grove keeps its own affairs.
const bookkeeping = "/grove"

// Skip reports whether changes of path are left out of the feed: those of Grove's own bookkeeping nodes. A follower
// that stores its place in the tree would otherwise cause the next change by storing it.
func Skip(path string) bool { return sdk.Below(path, bookkeeping) }
