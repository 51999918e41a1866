package replica

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// written is a file of two batches, of one entry each.
func written() []byte {
	data := make([]byte, segmentHeader)
	for start := range 2 {
		from := len(data) * start // the checksum of the first covers the header
		data = append(data, 1, 0, 0, 0, 8, 0, 0, 0, 'e', 'n', 't', 'r', 'y', 0, 0, 0)
		sum := crc32.Checksum(data[from:], castagnoli)
		data = binary.LittleEndian.AppendUint32(append(data, 3, 0, 0, 0), sum)
	}
	return data
}

func TestReadSegment(t *testing.T) {
	data := written()
	if last, entries := readSegment(data); entries != 2 || last.end != len(data) || goesOn(data, last.end) {
		t.Errorf("%d entries to %d of %d", entries, last.end, len(data))
	}
	data[segmentHeader+frameHeader]++
	if last, entries := readSegment(data); entries != 0 || !goesOn(data, last.end) {
		t.Errorf("damaged: %d entries to %d, and nothing behind", entries, last.end)
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(written())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		last, entries := readSegment(data)
		if last.end > len(data) || last.start > last.end || entries > len(data)/frameHeader {
			t.Errorf("%d bytes: %+v, %d entries", len(data), last, entries)
		}
		goesOn(data, last.end)
	})
}
