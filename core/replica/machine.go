package replica

import "io"

// Machine is the state that the log drives.
//
// Apply, Members, Snapshot and Restore are called by one goroutine, raft's; Lead, Follow and Lost by one other, in the order
// in which things happen. All but Restore may begin before Open has returned. None may call Close.
type Machine interface {
	// Apply gives committed entries in order, on every node the same. It cannot fail and looks at nothing but the
	// entries and the state. The batch and its slices of records are lent until it returns; the bytes of a record may
	// be kept but not changed (one that is kept keeps its whole entry in memory).
	Apply(batch []Entry)

	// Members gives all members, sorted by id, as of the entry that Apply gave last: on every node in the same place
	// among the entries, so what is made of it is the same everywhere. Called once for each entry that changes them,
	// the first of a cluster included; those that a snapshot covers are not told again. The machine owns the slice.
	Members(members []Standing)

	// Lead says that this node leads in term, has applied everything committed before it, and that Propose works.
	// It ends with Follow.
	Lead(term uint64)

	// Follow says that this node does not lead. With a leader, the stream to it is open and Propose works; with "",
	// nobody is known to lead or he cannot be reached, and Propose gives ErrNoLeader.
	Follow(leader string, term uint64)

	// Lost says that records proposed here so far and not applied yet may be lost: some, all, or none; they may also
	// be applied later. Once for each broken route that carried any record, before Follow tells of the next one.
	Lost(err error)

	// Report gives, on the leader, what a node passed to Log.Report; the machine owns data. Reports of other nodes
	// come between Lead and the Follow that ends it, those of one node in order, those of several at once.
	Report(from string, data []byte)

	// Snapshot captures the state as of the last Apply. It must be quick: nothing is applied meanwhile.
	Snapshot() (Snapshot, error)

	// Restore replaces the whole state with what a Snapshot wrote. The bytes are known to be undamaged; an error
	// leaves the state unusable.
	Restore(r io.Reader) error
}

// Entry is one entry of the log. Entries without records happen: changes of membership, and what a fence dropped.
type Entry struct {
	Index, Term uint64
	Time        int64 // the leader's clock when it was proposed, Unix milliseconds; may go back with a new leader. 0: no records
	Records     [][]byte
}

// Snapshot is a captured state.
type Snapshot interface {
	// WriteTo writes it, once, while later entries are applied.
	WriteTo(w io.Writer) (int64, error)
	// Release lets go of it, written or not; it is the last call.
	Release()
}
