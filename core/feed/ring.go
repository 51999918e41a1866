package feed

import "github.com/grove-coordination/grove/sdk"

// ring is a queue of transactions in one slice, whose length is zero or a power of two. It grows and shrinks with
// what it holds.
type ring struct {
	slots []sdk.Transaction
	first int
	count int
}

// smallest is the fewest slots that a ring in use has.
const smallest = 16

// at is the i-th oldest transaction.
func (r *ring) at(i int) *sdk.Transaction { return &r.slots[(r.first+i)&(len(r.slots)-1)] }

func (r *ring) push(t sdk.Transaction) {
	if r.count == len(r.slots) {
		r.resize(max(smallest, 2*len(r.slots)))
	}
	r.count++
	*r.at(r.count - 1) = t
}

// pop takes the oldest out and lets go of what it refers to.
func (r *ring) pop() sdk.Transaction {
	t := *r.at(0)
	*r.at(0) = sdk.Transaction{}
	r.first = (r.first + 1) & (len(r.slots) - 1)
	r.count--
	if len(r.slots) > smallest && r.count <= len(r.slots)/4 {
		r.resize(len(r.slots) / 2)
	}
	return t
}

// resize moves everything, in order, to a slice of n slots.
func (r *ring) resize(n int) {
	slots := make([]sdk.Transaction, n)
	r.copyTo(slots, 0)
	r.slots, r.first = slots, 0
}

// copyTo copies transactions from the i-th oldest on and returns how many there were, or had room.
func (r *ring) copyTo(dst []sdk.Transaction, i int) int {
	n := min(len(dst), r.count-i)
	if n <= 0 {
		return 0
	}
	from := (r.first + i) & (len(r.slots) - 1)
	done := copy(dst[:n], r.slots[from:])
	copy(dst[done:n], r.slots)
	return n
}
