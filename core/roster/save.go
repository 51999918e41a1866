package roster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxText is how many bytes an id or an address may have.
const MaxText = 1 << 10

const (
	magic   = "GROS"
	version = 2

	isObserver, hasTold = 1, 2 // the bits of a member's flags
)

// Save writes the roster.
func (r *Roster) Save(w io.Writer) error {
	out := binary.BigEndian.AppendUint32([]byte(magic), version)
	out = binary.BigEndian.AppendUint32(out, uint32(len(r.members)))
	for _, m := range r.members {
		out = appendText(appendText(appendText(out, m.ID), m.Addr), m.Clients)
		out = append(appendText(out, m.election), m.flags())
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("save roster: %w", err)
	}
	return nil
}

func (m *member) flags() (bits byte) {
	if m.Observer {
		bits |= isObserver
	}
	if m.told {
		bits |= hasTold
	}
	return bits
}

func appendText(dst []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(text))), text...)
}

// Load reads what Save has written, and no byte more.
func Load(in io.Reader) (*Roster, error) {
	head := make([]byte, len(magic)+8)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, fmt.Errorf("load roster: %w", err)
	}
	load, known := map[uint32]func(io.Reader) (member, error){1: loadFirst, version: loadMember}[binary.BigEndian.Uint32(head[4:])]
	if string(head[:4]) != magic || !known {
		return nil, errors.New("load roster: not a roster of a version that is known")
	}
	r := new(Roster)
	for range binary.BigEndian.Uint32(head[8:]) {
		m, err := load(in)
		if err != nil {
			return nil, fmt.Errorf("load roster: member %d: %w", len(r.members), err)
		}
		if n := len(r.members); n > 0 && r.members[n-1].ID >= m.ID {
			return nil, fmt.Errorf("load roster: member %q out of order", m.ID)
		}
		r.members = append(r.members, m)
	}
	return r, nil
}

func loadMember(in io.Reader) (member, error) {
	var m member
	bits, err := loadFields(in, isObserver|hasTold, &m.ID, &m.Addr, &m.Clients, &m.election)
	m.Observer, m.told = bits&isObserver != 0, bits&hasTold != 0
	return m, err
}

// loadFirst reads a member of version 1, which has been told of no address for clients but by the member.
func loadFirst(in io.Reader) (member, error) {
	var m member
	bits, err := loadFields(in, isObserver, &m.ID, &m.Addr, &m.Clients)
	m.Observer, m.told = bits&isObserver != 0, m.Clients != ""
	return m, err
}

// loadFields reads texts, and flags of which only those in may can be set.
func loadFields(in io.Reader, may byte, texts ...*string) (bits byte, err error) {
	for _, text := range texts {
		if *text, err = loadText(in); err != nil {
			return 0, err
		}
	}
	flags := make([]byte, 1)
	if _, err := io.ReadFull(in, flags); err != nil || flags[0]&^may != 0 {
		return 0, errors.Join(err, fmt.Errorf("flags %#x", flags[0]))
	}
	return flags[0], nil
}

func loadText(in io.Reader) (string, error) {
	size := make([]byte, 4)
	if _, err := io.ReadFull(in, size); err != nil {
		return "", err
	}
	n := binary.BigEndian.Uint32(size)
	if n > MaxText {
		return "", fmt.Errorf("text of %d bytes", n)
	}
	text := make([]byte, n)
	_, err := io.ReadFull(in, text)
	return string(text), err
}
