package fuel

import (
	"encoding/binary"
	"fmt"
)

// reader decodes the primitive values of the binary format. The first fault sticks: everything after it reads as
// zero, and the loops over counted things end because a count is never larger than what is left to read.
type reader struct {
	data []byte
	at   int
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.at = len(r.data)
}

func (r *reader) left() int { return len(r.data) - r.at }

func (r *reader) byte() byte {
	if r.left() == 0 {
		r.fail("module is cut short")
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// bytes are lent, not copied.
func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(r.left()) {
		r.fail("module is cut short")
		return nil
	}
	r.at += int(n)
	return r.data[r.at-int(n) : r.at]
}

func (r *reader) u32() uint32 {
	var value uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if value > 1<<32-1 {
				break
			}
			return uint32(value)
		}
	}
	r.fail("number is too large")
	return 0
}

// signed reads a signed number of at most the given number of bits.
func (r *reader) signed(bits int) int64 {
	var value int64
	for shift := 0; shift < bits; shift += 7 {
		b := r.byte()
		value |= int64(b&0x7f) << shift
		if b >= 0x80 {
			continue
		}
		if shift+7 < 64 { // extend the sign; the tenth byte of 64 bits has already reached it
			value = value << (57 - shift) >> (57 - shift)
		} else if b != 0 && b != 0x7f {
			break
		}
		if value>>(bits-1) != 0 && value>>(bits-1) != -1 {
			break
		}
		return value
	}
	r.fail("number is too large")
	return 0
}

// count reads how many entries follow; each takes a byte at least.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(r.left()) {
		r.fail("module is cut short")
		return 0
	}
	return n
}

func (r *reader) name() string { return string(r.bytes(r.u32())) }

func appendU32(dst []byte, value uint32) []byte { return binary.AppendUvarint(dst, uint64(value)) }

func appendSigned(dst []byte, value int64) []byte {
	for {
		b := byte(value & 0x7f)
		value >>= 7
		if value == 0 && b < 0x40 || value == -1 && b >= 0x40 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}
