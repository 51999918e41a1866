package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// DefaultFrameLimit is the longest frame ZooKeeper takes from a client (jute.maxbuffer): 1 MiB less one byte,
// inclusive. The length field itself does not count.
const DefaultFrameLimit = 0xfffff

const (
	lengthSize = 4
	smallRead  = 4 << 10  // what an idle connection holds
	largeRead  = 64 << 10 // what a busy one may keep; longer frames get room for themselves only
)

// FrameError says that the other side announced a frame that is longer than the limit, or of negative length. The
// connection cannot be read any further.
type FrameError struct {
	Length int32
	Limit  int
}

// Error names the length and the limit.
func (e *FrameError) Error() string {
	return fmt.Sprintf("frame of %d bytes, limit %d", e.Length, e.Limit)
}

// Reader cuts a stream into frames. It reads as much as there is at a time, so that many small frames cost one read.
// One goroutine uses it. Its errors are final.
type Reader struct {
	src   io.Reader
	limit int
	buf   []byte
	start int // of what has been read and not yet given out
	end   int
}

// NewReader reads frames of at most limit bytes from src.
func NewReader(src io.Reader, limit int) *Reader {
	return &Reader{src: src, limit: limit}
}

// Next returns the body of the next frame. It is valid until the call of Next after it. At the end of the stream the
// error is io.EOF, inside a frame io.ErrUnexpectedEOF; a bad length is a *FrameError; others are those of the source.
func (r *Reader) Next() ([]byte, error) {
	if err := r.fill(lengthSize); err != nil {
		return nil, err
	}
	n := r.length()
	if n < 0 || int(n) > r.limit {
		return nil, &FrameError{Length: n, Limit: r.limit}
	}
	if err := r.fill(lengthSize + int(n)); err != nil {
		return nil, err
	}
	body := r.buf[r.start+lengthSize:][:n:n]
	r.start += lengthSize + int(n)
	return body, nil
}

// Buffered reports whether Next will return without reading from the source.
func (r *Reader) Buffered() bool {
	have := r.end - r.start
	if have < lengthSize {
		return false
	}
	n := r.length()
	return n < 0 || int(n) > r.limit || have >= lengthSize+int(n)
}

func (r *Reader) length() int32 {
	return int32(binary.BigEndian.Uint32(r.buf[r.start:]))
}

// fill reads until at least n bytes are there. It grows the buffer only as bytes arrive: an announced length alone
// costs nothing.
func (r *Reader) fill(n int) error {
	for r.end-r.start < n {
		r.makeRoom(n)
		missing := n - (r.end - r.start)
		got, err := io.ReadAtLeast(r.src, r.buf[r.end:], min(missing, len(r.buf)-r.end))
		r.end += got
		if err == io.EOF && r.end > r.start {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeRoom moves what is left to the front, and sizes the buffer: twice as large when it was full, and back to a small
// one when a long frame has been given out.
func (r *Reader) makeRoom(n int) {
	have := r.end - r.start
	size := len(r.buf)
	switch {
	case size == 0, have == 0 && size > largeRead:
		size = smallRead
	case r.end == size && size < max(largeRead, n):
		size = min(2*size, max(largeRead, n))
	}
	if size == len(r.buf) {
		copy(r.buf, r.buf[r.start:r.end])
	} else {
		grown := make([]byte, size)
		copy(grown, r.buf[r.start:r.end])
		r.buf = grown
	}
	r.start, r.end = 0, have
}

// begin leaves room for the length of a frame that starts here.
func begin(dst []byte) (grown []byte, at int) {
	return append(dst, 0, 0, 0, 0), len(dst)
}

// finish writes the length of the frame that started at.
func finish(dst []byte, at int) []byte {
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-lengthSize))
	return dst
}
