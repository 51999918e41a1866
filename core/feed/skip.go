package feed

import "github.com/grove-coordination/grove/sdk"

// Skip reports whether changes of path are left out of the feed: those of Grove's own nodes, with which it keeps its
// affairs. A follower that stores its place in the tree would otherwise cause the next change by storing it.
func Skip(path string) bool { return sdk.Below(path, sdk.GroveRoot) }
