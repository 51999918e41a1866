package txn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Errors of Decode.
var (
	// ErrFormat is returned when the bytes are not one whole record: cut short, too long, or not as Append writes it.
	ErrFormat = errors.New("malformed transaction record")
	// ErrVersion is returned when the record was written by a version of Grove that this one does not know.
	ErrVersion = errors.New("unknown version of transaction record")
)

// reader takes a record apart from the front. The first fault stays and empties what is left, so that a caller may read
// on and look at err once at the end; loops are bounded by count.
type reader struct {
	left []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
	}
	r.left = nil
}

// take gives the next n bytes, which alias the record.
func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.left)) {
		r.fail("length %d with %d bytes left", n, len(r.left))
		return nil
	}
	taken := r.left[:n:n]
	r.left = r.left[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.left)
	if n <= 0 || n > 1 && r.left[n-1] == 0 {
		r.fail("bad number")
		return 0
	}
	r.left = r.left[n:]
	return v
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) int32() int32 {
	v := r.varint()
	if v != int64(int32(v)) {
		r.fail("number %d has more than 32 bits", v)
	}
	return int32(v)
}

func (r *reader) uint32() uint32 {
	v := r.uvarint()
	if v > math.MaxUint32 {
		r.fail("number %d has more than 32 bits", v)
	}
	return uint32(v)
}

// count reads how many elements follow, each of which takes at least size bytes.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.left)/size) {
		r.fail("%d elements with %d bytes left", n, len(r.left))
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte { return r.take(r.uvarint()) }

func (r *reader) string() string {
	b := r.bytes()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// data reads bytes of which nil and empty are different values.
func (r *reader) data() []byte {
	n := r.uvarint()
	if n == 0 {
		return nil
	}
	return r.take(n - 1)
}
