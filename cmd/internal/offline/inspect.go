package offline

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/tree"
	"github.com/grove-coordination/grove/core/txn"
)

// Report is what a data folder or a saved file holds.
type Report struct {
	Head
	State *State `json:"state,omitempty"` // nil: there is no snapshot, and the log has everything
	Log   Log    `json:"log"`

	spare error // what is damaged and not needed
}

// Whole is an error when something is damaged that nothing depends on, such as a snapshot before which there is another.
func (r Report) Whole() error { return r.spare }

// State is what a snapshot holds.
type State struct {
	Zxid     int64     `json:"zxid"`
	Time     time.Time `json:"time"` // of the last entry in it
	Nodes    int64     `json:"nodes"`
	Sessions int       `json:"sessions"`
	Bytes    int64     `json:"bytes"` // before compression
}

// Log is what a log, or the part of it behind the snapshot in a saved file, holds.
type Log struct {
	Entries  int       `json:"entries"`
	Records  int       `json:"records"`
	First    uint64    `json:"first"`
	Last     uint64    `json:"last"`
	LastTerm uint64    `json:"last_term"`
	LastTime time.Time `json:"last_time,omitzero"`
	Bytes    int64     `json:"bytes"`
}

// Inspect reads all of a data folder or a saved file, and so finds whatever is damaged in it: every snapshot of a folder
// has a checksum, so has every batch of its log, and a saved file as a whole; and every record must make sense. What is
// damaged and not needed is an error too, of [Report.Whole].
func Inspect(path string) (report Report, err error) {
	p, err := open(path)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	report.Head = p.about()
	if report.State, err = inspectState(p); err != nil {
		return report, fmt.Errorf("%s: snapshot at entry %d: %w", path, report.Index, err)
	}
	entries := p.entries()
	f, isFolder := p.(*folder)
	if isFolder {
		entries = f.joined(f.Entries(0))
	}
	if err := report.Log.count(entries); err != nil {
		return report, fmt.Errorf("%s: %w", path, err)
	}
	if !isFolder && report.Log.Entries > 0 && report.Log.First > report.Index+1 {
		return report, fmt.Errorf("%s: the log begins with entry %d, and the snapshot ends with %d", path, report.Log.First, report.Index)
	}
	if isFolder && f.whole() != nil {
		report.spare = fmt.Errorf("%s: %w", path, f.whole())
	}
	return report, nil
}

// inspectState reads the state as far as it is counted here, and the rest for its checksums.
func inspectState(p point) (*State, error) {
	content, err := p.snapshot()
	if content == nil || err != nil {
		return nil, err
	}
	defer content.Close()
	counted := &counter{r: content}
	r := bufio.NewReaderSize(counted, 64<<10)
	var head [8 + 4 + 3*8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if string(head[:8]) != "GROVESNP" {
		return nil, errors.New("this is no state of grove")
	}
	s := &State{Zxid: int64(binary.BigEndian.Uint64(head[12:])), Time: time.UnixMilli(int64(binary.BigEndian.Uint64(head[20:]))).UTC()}
	nodes, err := tree.Load(r)
	if err != nil {
		return nil, err
	}
	sessions, err := session.LoadTable(r)
	if err != nil {
		return nil, err
	}
	s.Nodes, s.Sessions = nodes.Len(), sessions.Len()
	_, err = io.Copy(io.Discard, r)
	s.Bytes = counted.n
	return s, err
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

func (l *Log) count(entries iter.Seq2[replica.Stored, error]) error {
	for s, err := range entries {
		if err != nil {
			return err
		}
		if l.Entries > 0 && s.Index != l.Last+1 {
			return fmt.Errorf("entry %d comes behind entry %d", s.Index, l.Last)
		}
		records, err := check(s)
		if err != nil {
			return err
		}
		if l.Entries == 0 {
			l.First = s.Index
		}
		l.Entries, l.Records, l.Bytes = l.Entries+1, l.Records+records, l.Bytes+int64(len(s.Data))
		l.Last, l.LastTerm, l.LastTime = s.Index, s.Term, s.At.UTC()
	}
	return nil
}

// check reads what is in an entry.
func check(s replica.Stored) (records int, err error) {
	if s.Kind == replica.KindMembers {
		_, err := s.Members()
		return 0, err
	}
	e, err := s.Entry()
	for i, r := range e.Records {
		if _, err := txn.Decode(r); err != nil {
			return 0, fmt.Errorf("entry %d, record %d: %w", s.Index, i, err)
		}
	}
	return len(e.Records), err
}

// Print writes a report for people.
func (r Report) Print(w io.Writer) error {
	state := "none: the log has everything"
	if s := r.State; s != nil {
		state = fmt.Sprintf("entry %d of term %d, zxid %#x, %s, %d nodes, %d sessions, %d bytes",
			r.Index, r.Term, s.Zxid, s.Time.Format(time.RFC3339), s.Nodes, s.Sessions, s.Bytes)
	}
	log := "none"
	if l := r.Log; l.Entries > 0 {
		log = fmt.Sprintf("entries %d to %d of term %d, %s, %d records, %d bytes",
			l.First, l.Last, l.LastTerm, l.LastTime.Format(time.RFC3339), l.Records, l.Bytes)
	}
	_, err := fmt.Fprintf(w, "cluster   %s\nnode      %s\nsnapshot  %s\nlog       %s\n", r.Cluster, r.Node, state, log)
	return err
}

// Summary is a report in a few words.
func (r Report) Summary() string {
	var parts []string
	if s := r.State; s != nil {
		parts = append(parts, fmt.Sprintf("a snapshot of %d nodes at entry %d, %d bytes", s.Nodes, r.Index, s.Bytes))
	}
	if l := r.Log; l.Entries > 0 {
		parts = append(parts, fmt.Sprintf("log entries %d to %d, %d records, %d bytes", l.First, l.Last, l.Records, l.Bytes))
	}
	return cmp.Or(strings.Join(parts, "; "), "nothing yet")
}
