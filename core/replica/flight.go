package replica

import (
	"slices"

	"github.com/hashicorp/raft"
)

// outcome waits until an entry that raft was given is applied here, or may be lost, which is an error.
type outcome func() error

// maxFlight is how many entries raft may have whose outcome is not known: one that is being applied, and one on its way
// to a majority meanwhile.
const maxFlight = 2

// flight counts the entries that a lead has given to raft. Its owner locks.
//
// Nothing goes after an entry that may be lost. So the next one goes when the last one comes to be applied, for then it is
// committed; that it has been applied is not waited for, and disk and processor work at the same time.
type flight struct {
	sent    int // entries
	certain int // of them, the oldest: cannot be lost
	applied int // of them, the oldest: applied here, and land knows
}

// clear reports whether the next entry may go.
func (f *flight) clear() bool { return f.certain == f.sent && f.sent-f.applied < maxFlight }

// commit hears that an entry is committed. Whichever it is, it is the one sent last: the one before it was certain when
// that was sent, and one that an earlier lead of this term had sent was heard of before this one began.
func (f *flight) commit() { f.certain = f.sent }

// apply hears that the next entry is applied.
func (f *flight) apply() {
	f.applied++
	f.certain = max(f.certain, f.applied)
}

// committed is called with entries that are about to be applied here.
func (d *lead) committed(entries []*raft.Log) {
	if d == nil || !slices.ContainsFunc(entries, d.made) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flight.commit()
	d.wake()
}

// made reports whether an entry is one that this lead gave to raft. One that raft took in a later term is not found; land
// hears of it.
func (d *lead) made(entry *raft.Log) bool {
	return entry.Type == raft.LogCommand && entry.Term == d.term
}

// land hears the outcomes, one after the other.
func (d *lead) land() {
	defer close(d.landed)
	for outcome := range d.outcomes {
		if err := outcome(); err != nil {
			d.shut(err)
			continue
		}
		d.mu.Lock()
		d.flight.apply()
		d.wake()
		d.mu.Unlock()
	}
}
