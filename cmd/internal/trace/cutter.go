package trace

import (
	"encoding/binary"
	"fmt"
)

const (
	lengthSize  = 4
	frameLimit  = 4 << 20   // what is kept of a frame to be read
	beginning   = 16        // what is kept of a longer one: its header
	implausible = 256 << 20 // nobody sends such a frame: what stands there is something else
)

// A cutter cuts a stream into frames, in whatever pieces it comes.
type cutter struct {
	have   []byte // of the frame under way: its length, and what is kept of its body
	length int    // of its body, once that is known
	seen   int    // bytes of its body that have come
	broken bool   // what came is not a frame: nothing more is cut
}

// cut takes the next piece and gives the body of each frame that ends in it, or the beginning and the whole length of one
// that is not kept. What it gives is good until the next call. It returns false once, at the first length that cannot be
// one.
func (c *cutter) cut(piece []byte, whole func(body []byte), part func(beginning []byte, length int)) bool {
	for !c.broken {
		piece = c.header(piece)
		if len(c.have) < lengthSize {
			return true
		}
		if c.broken = c.length < 0 || c.length > implausible; c.broken {
			return false
		}
		if piece = c.body(piece); c.seen < c.length {
			return true
		}
		c.give(whole, part)
	}
	return true
}

// strange says what stands where a length should.
func (c *cutter) strange() string {
	return fmt.Sprintf("not a frame, nor is what comes after it: %x (%q)", c.have, c.have)
}

// unfinished reports whether a frame has begun and not ended.
func (c *cutter) unfinished() bool { return len(c.have) > 0 && !c.broken }

// header takes what is missing of the length.
func (c *cutter) header(piece []byte) (rest []byte) {
	if len(c.have) >= lengthSize {
		return piece
	}
	n := min(lengthSize-len(c.have), len(piece))
	c.have = append(c.have, piece[:n]...)
	if len(c.have) == lengthSize {
		c.length, c.seen = int(int32(binary.BigEndian.Uint32(c.have))), 0
	}
	return piece[n:]
}

// body takes what is missing of the body, and keeps of it what there is room for.
func (c *cutter) body(piece []byte) (rest []byte) {
	n := min(c.length-c.seen, len(piece))
	keep := n
	if c.length > frameLimit {
		keep = min(n, max(0, beginning-c.seen))
	}
	c.have = append(c.have, piece[:keep]...)
	c.seen += n
	return piece[n:]
}

func (c *cutter) give(whole func([]byte), part func([]byte, int)) {
	if kept := c.have[lengthSize:]; len(kept) == c.length {
		whole(kept)
	} else {
		part(kept, c.length)
	}
	if c.have = c.have[:0]; cap(c.have) > frameLimit/8 {
		c.have = nil
	}
	c.length, c.seen = 0, 0
}
