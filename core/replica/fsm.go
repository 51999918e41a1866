package replica

import (
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

var (
	_ raft.BatchingFSM = (*fsm)(nil)
	_ raft.FSMSnapshot = (*persisted)(nil)
)

// fsm is the Machine as raft sees it. Raft calls it from one goroutine, its own, except that NewRaft restores a
// snapshot before that goroutine begins, and that a snapshot is written beside it.
type fsm struct {
	machine Machine
	logger  *slog.Logger
	beacon  atomic.Pointer[beacon] // while this node leads
	lead    atomic.Pointer[lead]   // while this node leads
	growth  growth
	members atomic.Uint64 // index of the configuration that the machine was told of last, or had in its snapshot

	// lent to the machine for one batch, then used again
	batch   []Entry
	records [][]byte
	nothing []any
}

// ApplyBatch implements raft.BatchingFSM: one Machine.Apply for what raft has committed at once, or more where the
// members change in it. Raft tells a batching FSM of members in no other way than by their entry.
func (f *fsm) ApplyBatch(logs []*raft.Log) []any {
	last := logs[len(logs)-1]
	if b := f.beacon.Load(); b != nil && b.term == last.Term {
		b.tell(last.Index)
	}
	f.lead.Load().committed(logs)
	for _, entry := range logs {
		f.growth.add(len(entry.Data))
		f.batch = append(f.batch, f.open(entry))
		if entry.Type == raft.LogConfiguration {
			f.hand()
			f.machine.Members(standings(raft.DecodeConfiguration(entry.Data)))
			f.members.Store(entry.Index)
		}
	}
	f.hand()
	for len(f.nothing) < len(logs) {
		f.nothing = append(f.nothing, nil)
	}
	return f.nothing[:len(logs)]
}

// hand gives the machine what has been gathered.
func (f *fsm) hand() {
	if len(f.batch) > 0 {
		f.machine.Apply(f.batch)
		f.forget()
	}
}

// Apply implements raft.FSM; raft calls ApplyBatch instead.
func (f *fsm) Apply(entry *raft.Log) any { return f.ApplyBatch([]*raft.Log{entry})[0] }

// open gives an entry its records, unless the fence drops them. An envelope that cannot be read was committed by a
// newer version or is damaged beneath raft's checksums; going on without it would part this node from the others.
func (f *fsm) open(entry *raft.Log) Entry {
	e := Entry{Index: entry.Index, Term: entry.Term}
	if entry.Type != raft.LogCommand {
		return e
	}
	from := len(f.records)
	term, ms, records, err := openEnvelope(f.records, entry.Data)
	if err != nil {
		panic(fmt.Sprintf("replica: committed entry %d of term %d: %v", entry.Index, entry.Term, err))
	}
	if term != entry.Term {
		f.logger.Warn("entry is dropped: packed in another term", "index", entry.Index, "term", entry.Term, "packed", term)
		return e
	}
	f.records = records
	e.Time, e.Records = ms, records[from:len(records):len(records)]
	return e
}

// forget lets go of what was lent, and keeps the space.
func (f *fsm) forget() {
	clear(f.batch)
	clear(f.records)
	f.batch, f.records = f.batch[:0], f.records[:0]
}

// Snapshot implements raft.FSM.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	s, err := f.machine.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("capture a snapshot: %w", err)
	}
	f.growth.begin()
	return &persisted{s}, nil
}

// Restore implements raft.FSM.
func (f *fsm) Restore(source io.ReadCloser) error {
	content, err := unwrap(source)
	if err != nil {
		return fmt.Errorf("restore a snapshot: %w", err)
	}
	defer content.Close()
	if err := f.machine.Restore(content); err != nil {
		return fmt.Errorf("restore a snapshot: %w", err)
	}
	f.members.Store(membersOf(source))
	f.growth.begin()
	return nil
}

// persisted is a Snapshot as raft sees it.
type persisted struct{ Snapshot }

// Persist implements raft.FSMSnapshot. Raft closes the sink, and cancels it when this fails.
func (p *persisted) Persist(sink raft.SnapshotSink) error {
	w, err := wrap(sink)
	if err != nil {
		return err
	}
	if _, err := p.WriteTo(w); err != nil {
		return err
	}
	return w.Close()
}
