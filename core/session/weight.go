package session

import "github.com/grove-coordination/grove/sdk"

// What things take on average, with what belongs to them, in bytes.
const (
	nameBytes   = 40  // a name in a list of children
	entryBytes  = 64  // an entry of an ACL, or an identity
	resultBytes = 160 // the outcome of one operation of a multi
	opBytes     = 256 // an operation that waits
)

// size is about how much memory a reply keeps alive: the data as it is, the rest by its number.
func size(m *sdk.Message) int {
	r := &m.Result
	n := len(r.Data) + nameBytes*len(r.Children) + entryBytes*(len(r.ACL)+len(r.Who)) + resultBytes*len(r.Multi)
	for i := range r.Multi {
		n += len(r.Multi[i].Data) + nameBytes*len(r.Multi[i].Children)
	}
	return n
}

// weight is about how much a write that waits keeps alive: its record, and the outcomes of its operations.
func weight(record []byte, ops int) int { return opBytes + len(record) + resultBytes*ops }

// heavy reports whether what a read is answered with cannot be told before: it may be so much that few of them may be
// answered together. Such a read does not join the queue, but holds up what is submitted after it.
func heavy(kind sdk.OpKind) bool {
	switch kind {
	case sdk.OpMultiRead, sdk.OpGetEphemerals, sdk.OpSetWatches, sdk.OpSetWatches2:
		return true
	}
	return false
}
