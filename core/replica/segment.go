package replica

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/hashicorp/raft-wal/segment"
)

// A file of the log, as raft-wal writes it: a header, then batches: frames of entries, perhaps one of an index, and a commit
// frame with the checksum of all that came since the batch before. The checksum of the first covers the header too.
//
//	frame   kind, 1 byte: 1 entry, 2 index, 3 commit; 3 bytes of 0; length, or of a commit the checksum, 4 bytes,
//	        little endian; data; zeros up to a multiple of 8
const (
	segmentHeader = 32
	frameHeader   = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// readFrame reads the frame at pos: its kind, where it ends, and its checksum if it is a commit. Kind 0: there is none.
func readFrame(data []byte, pos int) (kind byte, end int, sum uint32) {
	if pos+frameHeader > len(data) || data[pos+1]|data[pos+2]|data[pos+3] != 0 {
		return 0, pos, 0
	}
	value := binary.LittleEndian.Uint32(data[pos+4:])
	switch kind = data[pos]; kind {
	case segment.FrameEntry, segment.FrameIndex:
		end = pos + frameHeader + (int(value)+7)&^7
		if end > len(data) {
			return 0, pos, 0
		}
		return kind, end, 0
	case segment.FrameCommit:
		return kind, pos + frameHeader, value
	}
	return 0, pos, 0
}

// batch is what was made durable at once: data[start:end], the frame of its index at index, 0 for none.
type batch struct{ entries, start, index, end int }

// readBatch reads the batch whose checksum begins at start and whose frames begin at pos. It is not ok when it is not
// whole.
func readBatch(data []byte, start, pos int) (b batch, ok bool) {
	for b.start = start; ; pos = b.end {
		kind, end, sum := readFrame(data, pos)
		b.end = end
		switch kind {
		case segment.FrameEntry:
			b.entries++
		case segment.FrameIndex:
			b.index = pos
		case segment.FrameCommit:
			return b, crc32.Checksum(data[start:pos], castagnoli) == sum
		default:
			return b, false
		}
	}
}

// readSegment reads batches to the first that is not whole: the last that is, and how many entries there are to its end.
func readSegment(data []byte) (last batch, entries int) {
	for start, pos := 0, segmentHeader; ; start, pos = last.end, last.end {
		b, ok := readBatch(data, start, pos)
		if !ok {
			return last, entries
		}
		last, entries = b, entries+b.entries
	}
}

// goesOn reports whether there is a whole batch, with entries, anywhere behind end. Then what lies between is no torn
// write: a batch is written when the one before is durable.
func goesOn(data []byte, end int) bool {
	for pos := (end + 7) &^ 7; pos+frameHeader <= len(data); pos += frameHeader {
		if kind, next, _ := readFrame(data, pos); kind == segment.FrameCommit {
			if b, ok := readBatch(data, next, next); ok && b.entries > 0 {
				return true
			}
		}
	}
	return false
}
