package roster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// MaxText is how many bytes an id or an address may have.
const MaxText = 1 << 10

const (
	magic   = "GROS"
	version = 1
)

// Save writes the roster.
func (r *Roster) Save(w io.Writer) error {
	out := binary.BigEndian.AppendUint32([]byte(magic), version)
	out = binary.BigEndian.AppendUint32(out, uint32(len(r.members)))
	for _, m := range r.members {
		out = appendText(appendText(appendText(out, m.ID), m.Addr), m.Clients)
		out = append(out, 0)
		if m.Observer {
			out[len(out)-1] = 1
		}
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("save roster: %w", err)
	}
	return nil
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
	if string(head[:4]) != magic || binary.BigEndian.Uint32(head[4:]) != version {
		return nil, errors.New("load roster: not a roster of a version that is known")
	}
	r := new(Roster)
	for range binary.BigEndian.Uint32(head[8:]) {
		m, err := loadMember(in)
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

func loadMember(in io.Reader) (m sdk.Member, err error) {
	for _, text := range []*string{&m.ID, &m.Addr, &m.Clients} {
		if *text, err = loadText(in); err != nil {
			return m, err
		}
	}
	role := make([]byte, 1)
	if _, err := io.ReadFull(in, role); err != nil || role[0] > 1 {
		return m, errors.Join(err, fmt.Errorf("role %d", role[0]))
	}
	m.Observer = role[0] == 1
	return m, nil
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
