package replica

import (
	"slices"

	"github.com/hashicorp/raft"
)

// outcome waits until an entry that raft was given is applied here, or may be lost, which is an error.
type outcome func() error

// maxFlight is how many entries raft may have that are not applied here: one that is applied, and one that is on its way
// to a majority meanwhile. More would make the entries smaller, and the disk is asked once for each.
const maxFlight = 2

// flight counts the entries that a lead has given to raft. Its owner locks.
//
// Nothing goes after an entry that may be lost: the next one goes when the last is committed. That it is applied too is
// not waited for, so disk and processor work at the same time.
type flight struct {
	sent    int // entries
	certain int // of them, the oldest: committed
	applied int // of them, the oldest: applied here
}

// clear reports whether the next entry may go.
func (f *flight) clear() bool { return f.certain == f.sent && f.sent-f.applied < maxFlight }

// commit hears that an entry is committed, before it is applied. Whichever it is, it is the one sent last.
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

// made reports whether an entry is one that this lead gave to raft.
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
