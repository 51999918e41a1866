package feed

import (
	"slices"

	"github.com/grove-coordination/grove/sdk"
)

// ring is a queue of transactions in chunks, which a clone shares.
type ring struct {
	chunks []*chunk // the oldest first
	first  int      // place of the oldest transaction in the first chunk
	count  int
}

// chunkSize is how many transactions stand in a chunk.
const chunkSize = 128

// chunk is a run of transactions. What has been written to a chunk that a clone shares stays as it is.
type chunk struct {
	slots  [chunkSize]sdk.Transaction
	shared bool
}

// at is the i-th oldest transaction.
func (r *ring) at(i int) *sdk.Transaction {
	i += r.first
	return &r.chunks[i/chunkSize].slots[i%chunkSize]
}

func (r *ring) push(t sdk.Transaction) {
	if r.first+r.count == len(r.chunks)*chunkSize {
		r.chunks = append(r.chunks, new(chunk))
	}
	r.count++
	*r.at(r.count - 1) = t
}

// pop takes the oldest out and lets go of what it refers to, at the latest with its chunk.
func (r *ring) pop() sdk.Transaction {
	oldest := r.at(0)
	t := *oldest
	if !r.chunks[0].shared {
		*oldest = sdk.Transaction{}
	}
	r.count--
	if r.first++; r.first == chunkSize {
		r.chunks[0] = nil
		r.chunks, r.first = r.chunks[1:], 0
	}
	return t
}

// clone is the ring as it is now. It copies a pointer for each chunk, and the last chunk, which both may append to.
func (r *ring) clone() ring {
	c := *r
	c.chunks = slices.Clone(r.chunks)
	for i, shared := range c.chunks {
		if i < len(c.chunks)-1 {
			shared.shared = true
			continue
		}
		own := *shared
		c.chunks[i] = &own
	}
	return c
}

// copyTo copies transactions from the i-th oldest on and returns how many there were, or had room.
func (r *ring) copyTo(dst []sdk.Transaction, i int) (n int) {
	for n < len(dst) && i+n < r.count {
		at := r.first + i + n
		c := r.chunks[at/chunkSize]
		end := min(chunkSize, at%chunkSize+r.count-i-n)
		n += copy(dst[n:], c.slots[at%chunkSize:end])
	}
	return n
}
