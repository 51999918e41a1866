package feed

import (
	"fmt"
	"sort"

	"github.com/grove-coordination/grove/sdk"
)

// Window is the newest transactions, within its limits. It is not safe for concurrent use while Append runs.
type Window struct {
	limits Limits
	kept   ring
	floor  int64
	bytes  int64 // that the transactions take, as Limits.Bytes measures it
}

// New returns an empty window: its floor is 0, nothing ever happened before.
func New(l Limits) *Window { return &Window{limits: l} }

// Append adds the newest transaction, whose zxid must be greater than Last, and lets go of the oldest until the
// limits hold. The newest is always kept, however large: the window is never empty again. It belongs to the window
// from then on, with all it refers to, and must not be changed.
func (w *Window) Append(t sdk.Transaction) {
	if t.Zxid <= w.Last() {
		panic(fmt.Sprintf("feed: transaction %#x appended after %#x", t.Zxid, w.Last()))
	}
	w.kept.push(t)
	w.bytes += cost(t)
	for w.kept.count > 1 && w.limits.exceeded(w.bytes, *w.kept.at(0), t) {
		oldest := w.kept.pop()
		w.bytes -= cost(oldest)
		w.floor = oldest.Zxid
	}
}

// After fills dst with the transactions after zxid, oldest first, and returns how many; 0 when nothing is newer.
// When some of them are no longer kept, because zxid lies below the floor, it gives none and a
// *sdk.CompactedError. What it gives is shared and must not be changed. It stays valid when it is trimmed.
func (w *Window) After(zxid int64, dst []sdk.Transaction) (int, error) {
	if zxid < w.floor {
		return 0, &sdk.CompactedError{Floor: w.floor}
	}
	next := sort.Search(w.kept.count, func(i int) bool { return w.kept.at(i).Zxid > zxid })
	return w.kept.copyTo(dst, next), nil
}

// Floor is the zxid after which the window begins: everything after it is there, nothing up to it.
func (w *Window) Floor() int64 { return w.floor }

// Last is the zxid of the newest transaction, or the floor of an empty window.
func (w *Window) Last() int64 {
	if w.kept.count == 0 {
		return w.floor
	}
	return w.kept.at(w.kept.count - 1).Zxid
}

// Clone is the window as it is now, for a snapshot that is saved while this one goes on. It copies a pointer for each 128
// transactions and shares the rest.
func (w *Window) Clone() *Window {
	clone := *w
	clone.kept = w.kept.clone()
	return &clone
}
