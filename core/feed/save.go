package feed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// The format, see the package comment.
const (
	magic           = "GFED"
	version         = 1
	headerSize      = 24
	transactionSize = 28
	changeSize      = 21
	trailerSize     = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// flushAt is how many bytes Save gathers before it writes.
const flushAt = 64 << 10

// Save writes the window in the format of the package comment.
func (w *Window) Save(out io.Writer) error {
	var sum uint32
	buf := appendHeader(nil, w)
	for i := range w.kept.count {
		buf = appendTransaction(buf, w.kept.at(i))
		if len(buf) < flushAt {
			continue
		}
		sum = crc32.Update(sum, castagnoli, buf)
		if _, err := out.Write(buf); err != nil {
			return fmt.Errorf("feed: save: %w", err)
		}
		buf = buf[:0]
	}
	sum = crc32.Update(sum, castagnoli, buf)
	buf = binary.BigEndian.AppendUint32(buf, sum)
	if _, err := out.Write(buf); err != nil {
		return fmt.Errorf("feed: save: %w", err)
	}
	return nil
}

func appendHeader(dst []byte, w *Window) []byte {
	dst = append(dst, magic...)
	dst = binary.BigEndian.AppendUint32(dst, version)
	dst = binary.BigEndian.AppendUint64(dst, uint64(w.floor))
	return binary.BigEndian.AppendUint64(dst, uint64(w.kept.count))
}

func appendTransaction(dst []byte, t *sdk.Transaction) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Zxid))
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Time))
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Session))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(t.Changes)))
	for i := range t.Changes {
		dst = appendChange(dst, &t.Changes[i])
	}
	return dst
}

func appendChange(dst []byte, c *sdk.Change) []byte {
	length := int32(-1)
	if c.Data != nil {
		length = int32(len(c.Data))
	}
	dst = append(dst, byte(c.Kind))
	dst = binary.BigEndian.AppendUint32(dst, uint32(c.Version))
	dst = binary.BigEndian.AppendUint64(dst, uint64(c.Owner))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(c.Path)))
	dst = binary.BigEndian.AppendUint32(dst, uint32(length))
	dst = append(dst, c.Path...)
	return append(dst, c.Data...)
}
