package abi

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

// ErrMalformed is returned for bytes that are not in the layout. It is a plain value: fmt would make guests larger.
var ErrMalformed = errors.New("malformed")

// reader takes fields off the front of its data. When there are too few bytes it is marked bad and gives zeros.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.data)) {
		r.data, r.bad = nil, true
		return nil
	}
	taken := r.data[:n:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) i64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// record is a reader of the next record's fields.
func (r *reader) record() reader {
	size := r.u32()
	if size < 4 {
		r.bad = true
		return reader{bad: true}
	}
	return reader{data: r.take(size - 4), bad: r.bad}
}

// count is that of a list whose entries take at least the given number of bytes each.
func (r *reader) count(least int) int {
	n := r.u32()
	if uint64(n)*uint64(least) > uint64(len(r.data)) {
		r.data, r.bad = nil, true
		return 0
	}
	return int(n)
}

// bytes are a part of the data, not a copy.
func (r *reader) bytes() []byte {
	n := r.u32()
	if n == none {
		return nil
	}
	return r.take(n)
}

// string is a part of the data, not a copy.
func (r *reader) string() string {
	b := r.bytes()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (r *reader) close(field *reader) { r.bad = r.bad || field.bad }
