package session

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// Record is what every node knows of a session.
type Record struct {
	Password [sdk.PasswordLen]byte
	Timeout  int64  // milliseconds
	Epoch    uint32 // how often it was taken up again; writes of an earlier epoch are refused
	Next     uint64 // number of the next write of this epoch, from 0
}

// Opens compares a password with the session's own, in constant time.
func (r *Record) Opens(password []byte) bool {
	return subtle.ConstantTimeCompare(r.Password[:], password) == 1
}

// After is the session's time-out: how long it may be silent.
func (r *Record) After() time.Duration { return time.Duration(r.Timeout) * time.Millisecond }

// Table is the replicated table of sessions. It is pure: it changes only through Apply.
type Table struct {
	records map[int64]*Record
}

// NewTable makes an empty table.
func NewTable() *Table { return &Table{records: make(map[int64]*Record)} }

// Open adds a session under an id that was never used before.
func (t *Table) Open(id int64, password []byte, timeout int64) *Record {
	if t.records[id] != nil {
		panic(fmt.Sprintf("session %#x opened twice", id))
	}
	record := &Record{Timeout: timeout}
	copy(record.Password[:], password)
	t.records[id] = record
	return record
}

// Resume begins a new epoch of the session, or returns nil when it is unknown or the password is not its own.
func (t *Table) Resume(id int64, password []byte, timeout int64) *Record {
	record := t.records[id]
	if record == nil || !record.Opens(password) {
		return nil
	}
	record.Epoch++
	record.Next = 0
	record.Timeout = timeout
	return record
}

// Get returns the session's record, nil when there is none.
func (t *Table) Get(id int64) *Record { return t.records[id] }

// Close forgets the session.
func (t *Table) Close(id int64) { delete(t.records, id) }

// Len is the number of sessions.
func (t *Table) Len() int { return len(t.records) }

// IDs lists the sessions in ascending order.
func (t *Table) IDs() []int64 { return slices.Sorted(maps.Keys(t.records)) }

// Keys lists the sessions in any order, which is faster.
func (t *Table) Keys() []int64 {
	return slices.AppendSeq(make([]int64, 0, len(t.records)), maps.Keys(t.records))
}

// recordSize is a saved session: id, password, time-out, epoch, next; integers big-endian.
const recordSize = 8 + sdk.PasswordLen + 8 + 4 + 8

// Save writes the table: the number of sessions (8 bytes), then each of them in ascending order of ids.
func (t *Table) Save(w io.Writer) error {
	buf := binary.BigEndian.AppendUint64(nil, uint64(len(t.records)))
	for _, id := range t.IDs() {
		record := t.records[id]
		buf = binary.BigEndian.AppendUint64(buf, uint64(id))
		buf = append(buf, record.Password[:]...)
		buf = binary.BigEndian.AppendUint64(buf, uint64(record.Timeout))
		buf = binary.BigEndian.AppendUint32(buf, record.Epoch)
		buf = binary.BigEndian.AppendUint64(buf, record.Next)
	}
	_, err := w.Write(buf)
	return err
}

// LoadTable reads what Save wrote.
func LoadTable(r io.Reader) (*Table, error) {
	var buf [recordSize]byte
	if _, err := io.ReadFull(r, buf[:8]); err != nil {
		return nil, fmt.Errorf("session table: %w", err)
	}
	t := NewTable()
	for count := binary.BigEndian.Uint64(buf[:8]); count > 0; count-- {
		if _, err := io.ReadFull(r, buf[:]); err != nil {
			return nil, fmt.Errorf("session table: %w", err)
		}
		if err := t.load(buf[:]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var errDuplicate = errors.New("session table: a session stands twice")

func (t *Table) load(b []byte) error {
	id := int64(binary.BigEndian.Uint64(b))
	if t.records[id] != nil {
		return errDuplicate
	}
	record := &Record{}
	b = b[8+copy(record.Password[:], b[8:]):]
	record.Timeout = int64(binary.BigEndian.Uint64(b))
	record.Epoch = binary.BigEndian.Uint32(b[8:])
	record.Next = binary.BigEndian.Uint64(b[12:])
	t.records[id] = record
	return nil
}
