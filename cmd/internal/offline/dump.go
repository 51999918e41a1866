package offline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// Line is an entry of the log, as it is printed. Those that are not records have none.
type Line struct {
	Index   uint64    `json:"index"`
	Term    uint64    `json:"term"`
	Kind    string    `json:"kind"`
	Time    time.Time `json:"time,omitzero"`
	Records []string  `json:"records,omitempty"`
	Members []string  `json:"members,omitempty"`
}

// Dump prints the log of a data folder, entries from and to and all between; to 0 is its end. One line for each entry and
// one for each of its records, or an entry in one line of JSON. When there are none such, what the log holds is noted.
func Dump(w, notes io.Writer, dir string, from, to uint64, asJSON bool) (err error) {
	f, err := openLog(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	none := true
	for s, err := range f.Entries(from) {
		if err != nil {
			return err
		}
		if to > 0 && s.Index > to {
			break
		}
		none = false
		line, err := lineOf(s)
		if err == nil {
			err = line.print(w, asJSON)
		}
		if err != nil {
			return err
		}
	}
	if none {
		return f.note(notes)
	}
	return nil
}

// note says in a line which entries the log holds.
func (f *folder) note(w io.Writer) error {
	var first, last uint64
	for s, err := range f.Entries(0) {
		if err != nil {
			return err
		}
		if first == 0 {
			first = s.Index
		}
		last = s.Index
	}
	said := "the log holds no entries"
	if first > 0 {
		said = fmt.Sprintf("the log holds entries %d to %d", first, last)
	}
	_, err := fmt.Fprintln(w, said)
	return err
}

func lineOf(s replica.Stored) (Line, error) {
	line := Line{Index: s.Index, Term: s.Term, Kind: s.Kind.String(), Time: s.At.UTC()}
	if s.Kind == replica.KindMembers {
		members, err := s.Members()
		for _, m := range members {
			line.Members = append(line.Members, m.String()+map[bool]string{true: " (observer)"}[m.Observer])
		}
		return line, err
	}
	e, err := s.Entry()
	if e.Time != 0 {
		line.Time = time.UnixMilli(e.Time).UTC()
	}
	for _, r := range e.Records {
		line.Records = append(line.Records, words(r))
	}
	return line, err
}

func (l *Line) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(l)
	}
	at := l.Time.Format("2006-01-02T15:04:05.000Z")
	if l.Time.IsZero() {
		at = "-" // the first entry of a cluster has no leader
	}
	said := strings.TrimSpace(l.Kind + "  " + strings.Join(l.Members, ", "))
	_, err := fmt.Fprintf(w, "%d  term %d  %s  %s\n", l.Index, l.Term, at, said)
	for _, r := range l.Records {
		if err == nil {
			_, err = fmt.Fprintf(w, "    %s\n", r)
		}
	}
	return err
}

// words says what a record is about. Data and secrets are not shown.
func words(record []byte) string {
	t, err := txn.Decode(record)
	if err != nil {
		return fmt.Sprintf("%d bytes that are no record: %v", len(record), err)
	}
	said := t.Kind.String()
	switch t.Kind {
	case txn.Open:
		said += fmt.Sprintf(" a session, time-out %d ms", t.Timeout)
	case txn.Resume:
		said += fmt.Sprintf(" session %#x, time-out %d ms", t.Session, t.Timeout)
	case txn.Write:
		said += fmt.Sprintf(" of session %#x, epoch %d, number %d: %s", t.Session, t.Epoch, t.Seq, opWords(&t.Op))
	case txn.Expire:
		said += fmt.Sprintf(" session %#x, epoch %d", t.Session, t.Epoch)
	case txn.Announce:
		said += fmt.Sprintf(" %s for clients at %s", t.Origin, t.Clients)
	default:
		said += fmt.Sprintf(" %q", t.Op.Path)
	}
	if t.Origin != "" && t.Kind != txn.Announce {
		said += " (from " + t.Origin + ")"
	}
	return said
}

func opWords(op *sdk.Op) string {
	said := op.Kind.String()
	if op.Path != "" {
		said += fmt.Sprintf(" %q", op.Path)
	}
	if len(op.Data) > 0 {
		said += fmt.Sprintf(" %d bytes", len(op.Data))
	}
	var parts []string
	for i := range op.Ops {
		parts = append(parts, opWords(&op.Ops[i]))
	}
	if parts != nil {
		said += " [" + strings.Join(parts, "; ") + "]"
	}
	return said
}
