package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// An envelope is the data of one raft entry: the records that were packed into it.
//
//	offset  0  version, 1 byte: 1
//	        1  term of the leader that packed it, 8 bytes, big endian
//	        9  its clock when it was proposed, Unix milliseconds, 8 bytes, big endian
//	       17  records to the end, each: length as uvarint, bytes
//
// The term is a fence. A record that a node gave up for lost must not come after a later one of that node; but raft
// takes an entry whenever this node leads, and not only in the term for which the proposer packed it: lose
// leadership, have it back two terms later, and an envelope still on its way to raft would land behind everything that
// was proposed elsewhere meanwhile. The term of the raft entry says when it was taken in. When the two differ, every
// node, seeing the same bytes, drops the records.
const (
	envelopeVersion = 1
	envelopeHeader  = 1 + 8 + 8
)

// MaxRecord is the largest record, and the largest report, in bytes.
const MaxRecord = 16 << 20

var errEnvelope = errors.New("envelope is cut off or damaged")

// newEnvelope begins an envelope with room for size bytes.
func newEnvelope(size int, term uint64) []byte {
	dst := append(make([]byte, 0, size), envelopeVersion)
	return append(binary.BigEndian.AppendUint64(dst, term), make([]byte, 8)...)
}

func appendRecord(dst, record []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(record))), record...)
}

// stamp sets the time of an envelope.
func stamp(envelope []byte, ms int64) { binary.BigEndian.PutUint64(envelope[9:], uint64(ms)) }

// openEnvelope reads an envelope and appends its records, which are parts of data, to dst.
func openEnvelope(dst [][]byte, data []byte) (term uint64, ms int64, records [][]byte, err error) {
	if len(data) < envelopeHeader {
		return 0, 0, nil, errEnvelope
	}
	if data[0] != envelopeVersion {
		return 0, 0, nil, fmt.Errorf("envelope version %d is not known", data[0])
	}
	term, ms = binary.BigEndian.Uint64(data[1:]), int64(binary.BigEndian.Uint64(data[9:]))
	for rest := data[envelopeHeader:]; len(rest) > 0; {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return 0, 0, nil, errEnvelope
		}
		end := n + int(length)
		dst, rest = append(dst, rest[n:end:end]), rest[end:]
	}
	return term, ms, dst, nil
}

// packer gathers records into envelopes of at most max bytes; a larger record goes alone. Its owner locks.
type packer struct {
	term uint64
	max  int
	full [][]byte // done, oldest first
	open []byte   // being filled; nil: none
	size int      // bytes in all of them
	last int      // size of the one taken last, a guess at the next
}

func (p *packer) add(record []byte) {
	if p.open != nil && len(p.open)+binary.MaxVarintLen32+len(record) > p.max {
		p.full, p.open = append(p.full, p.open), nil
	}
	if p.open == nil {
		p.open = newEnvelope(max(p.last+p.last/4, 1<<10), p.term)
		p.size += envelopeHeader
	}
	before := len(p.open)
	p.open = appendRecord(p.open, record)
	p.size += len(p.open) - before
}

// take gives the oldest envelope, which the caller owns, or nil.
func (p *packer) take() (envelope []byte) {
	if len(p.full) > 0 {
		envelope, p.full = p.full[0], p.full[1:]
	} else {
		envelope, p.open = p.open, nil
	}
	p.size -= len(envelope)
	p.last = min(len(envelope), p.max)
	return envelope
}
