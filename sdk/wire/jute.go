package wire

import (
	"encoding/binary"
	"unsafe"
)

// null is the length that stands for a null string, buffer or vector.
const null = -1

func appendInt(dst []byte, v int32) []byte  { return binary.BigEndian.AppendUint32(dst, uint32(v)) }
func appendLong(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendString(dst []byte, s string) []byte {
	return append(appendInt(dst, int32(len(s))), s...)
}

func appendBuffer(dst, b []byte) []byte {
	if b == nil {
		return appendInt(dst, null)
	}
	return append(appendInt(dst, int32(len(b))), b...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = appendInt(dst, int32(len(list)))
	for _, s := range list {
		dst = appendString(dst, s)
	}
	return dst
}

// decoder takes one field after another from the front of rest. After the first that does not fit, bad is true and
// every field is zero, so that a record is read in one go and checked once at its end. Strings and buffers alias rest.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) fail() {
	d.bad, d.rest = true, nil
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.fail()
		return nil
	}
	field := d.rest[:n:n]
	d.rest = d.rest[n:]
	return field
}

func (d *decoder) int() int32 {
	if b := d.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (d *decoder) long() int64 {
	if b := d.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// bool is true for every byte but 0, as in Java's DataInput.
func (d *decoder) bool() bool {
	b := d.take(1)
	return b != nil && b[0] != 0
}

// buffer is nil for null and only then, as long as the record is good.
func (d *decoder) buffer() []byte {
	n := d.int()
	if n == null {
		return nil
	}
	return d.take(int(n))
}

// string is empty for null.
func (d *decoder) string() string {
	b := d.buffer()
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// notNull is a string that may not be null.
func (d *decoder) notNull() string {
	b := d.buffer()
	if b == nil {
		d.fail()
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// count is how many elements a vector has, none of them shorter than size bytes. Null and every other negative count
// stand for none.
func (d *decoder) count(size int) int {
	n := int(d.int())
	if n > len(d.rest)/size {
		d.fail()
	}
	if n < 0 || d.bad {
		return 0
	}
	return n
}

// strings is nil for an empty vector.
func (d *decoder) strings() []string {
	n := d.count(4)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}
