package feed

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Limits bound a window. Zero means no bound of that kind. They must be the same on all nodes of a cluster.
type Limits struct {
	// Bytes bounds the memory of the transactions kept, by a fixed estimate.
	Bytes int64
	// Age bounds the time between the oldest transaction and the newest, by their own times. When the leader's clock
	// goes back, transactions are only kept longer.
	Age time.Duration
}

// Default is 64 MiB and one hour.
func Default() Limits { return Limits{Bytes: 64 << 20, Age: time.Hour} }

// What a transaction and a change cost beside their paths and data. About what they take in memory, but fixed:
// the numbers decide what is trimmed and must be the same on all nodes.
const (
	transactionCost = 64
	changeCost      = 80
)

// cost is what a transaction adds to the bytes of a window.
func cost(t sdk.Transaction) int64 {
	n := int64(transactionCost)
	for _, c := range t.Changes {
		n += changeCost + int64(len(c.Path)) + int64(len(c.Data))
	}
	return n
}

// exceeded reports whether a window of that many bytes, from oldest to newest, is too large.
func (l Limits) exceeded(bytes int64, oldest, newest sdk.Transaction) bool {
	return l.Bytes > 0 && bytes > l.Bytes || l.Age > 0 && newest.Time-oldest.Time > l.Age.Milliseconds()
}
