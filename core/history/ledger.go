package history

import (
	"cmp"
	"slices"

	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/sdk"
)

// entryCost is what an entry counts beside its data: about what a node and its place in the ledger take in memory, but
// fixed, for it decides what goes.
const entryCost = 256

// ledger is the entries below one policy, oldest first: by zxid, then by path. It is made of the tree and holds nothing
// that the tree does not tell.
type ledger struct {
	Policy
	lines []line // some may be of entries that are gone
	count int    // entries there are
	bytes int64  // of those
}

// line is one entry.
type line struct {
	zxid, time int64
	path       string
	bytes      int64
}

func compareLines(a, b line) int {
	return cmp.Or(cmp.Compare(a.zxid, b.zxid), cmp.Compare(a.path, b.path))
}

// lineOf is what the ledger says of the entry at path.
func lineOf(path string, stat sdk.Stat) line {
	return line{zxid: stat.Czxid, time: stat.Ctime, path: path, bytes: int64(stat.DataLength) + entryCost}
}

// enter adds an entry. Those of one transaction are put in order by sort.
func (l *ledger) enter(added line) {
	l.lines = append(l.lines, added)
	l.count++
	l.bytes += added.bytes
}

// strike takes out an entry that is being removed. Its line is dropped when it is met.
func (l *ledger) strike(removed line) {
	l.count--
	l.bytes -= removed.bytes
}

// sort puts what was entered since the last time, which is newer than the rest, into order, and drops the lines of entries
// that are gone when they are more than half.
func (l *ledger) sort(t Tree, since int) {
	slices.SortFunc(l.lines[since:], compareLines)
	if len(l.lines) > 2*l.count+smallLedger {
		l.lines = slices.Clip(slices.DeleteFunc(l.lines, func(e line) bool { return !e.there(t) }))
	}
}

// smallLedger is how many lines are never too many.
const smallLedger = 64

// there reports whether the entry is in the tree. Another one may have its path: numbers begin again.
func (e line) there(t Tree) bool {
	stat, ok := t.Stat(e.path)
	return ok && stat.Czxid == e.zxid
}

// excess takes out and returns the oldest entry when the policy does not let it stay.
func (l *ledger) excess(t Tree, at tree.Stamp) (line, bool) {
	for len(l.lines) > 0 && !l.lines[0].there(t) {
		l.lines = l.lines[1:]
	}
	if len(l.lines) == 0 {
		return line{}, false
	}
	oldest := l.lines[0]
	old := l.Age > 0 && at.Time-oldest.time > l.Age.Milliseconds()
	if !old && l.count <= l.Entries && l.bytes <= l.Bytes {
		return line{}, false
	}
	l.lines = l.lines[1:]
	l.strike(oldest)
	return oldest, true
}
