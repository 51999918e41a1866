package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// A section is cut into chunks so that it ends where it ends, whatever follows it in the file, and so that nothing is
// believed before its checksum is: length (4 bytes, big-endian, at most maxChunk), CRC-32C of the payload (4 bytes),
// payload. A chunk of length 0 ends the section.
const (
	maxChunk    = 1 << 16
	chunkHeader = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkWriter cuts what is written to it. The first error stays; close tells it.
type chunkWriter struct {
	w   io.Writer
	buf []byte // room for a header, then the payload of the chunk under way
	err error
}

func newChunkWriter(w io.Writer) *chunkWriter {
	return &chunkWriter{w: w, buf: make([]byte, chunkHeader, chunkHeader+maxChunk)}
}

// Write takes all of p unless an earlier chunk failed.
func (c *chunkWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && c.err == nil; {
		n := min(len(rest), cap(c.buf)-len(c.buf))
		c.buf, rest = append(c.buf, rest[:n]...), rest[n:]
		if len(c.buf) == cap(c.buf) {
			c.flush()
		}
	}
	return len(p), c.err
}

func (c *chunkWriter) flush() {
	payload := c.buf[chunkHeader:]
	binary.BigEndian.PutUint32(c.buf, uint32(len(payload)))
	binary.BigEndian.PutUint32(c.buf[4:], crc32.Checksum(payload, castagnoli))
	if _, err := c.w.Write(c.buf); c.err == nil {
		c.err = err
	}
	c.buf = c.buf[:chunkHeader]
}

// close writes what is left and the end of the section.
func (c *chunkWriter) close() error {
	if len(c.buf) > chunkHeader && c.err == nil {
		c.flush()
	}
	if c.err == nil {
		c.flush()
	}
	return c.err
}

// chunkReader gives the payload of a section and reads not a byte beyond its end. The first fault stays, and from then on
// there is nothing left.
type chunkReader struct {
	r    io.Reader
	left []byte // of the chunk under way
	buf  []byte // the chunk under way, to be written over
	err  error
}

func newChunkReader(r io.Reader) *chunkReader { return &chunkReader{r: r} }

func (c *chunkReader) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
	c.left = nil
}

// fill reads the next chunk and reports whether it has anything.
func (c *chunkReader) fill() bool {
	if c.err != nil {
		return false
	}
	var header [chunkHeader]byte
	if !c.readFull(header[:]) {
		return false
	}
	n := binary.BigEndian.Uint32(header[:])
	if n > maxChunk {
		c.fail("chunk of %d bytes", n)
		return false
	}
	if c.buf == nil {
		c.buf = make([]byte, maxChunk)
	}
	if !c.readFull(c.buf[:n]) {
		return false
	}
	if crc32.Checksum(c.buf[:n], castagnoli) != binary.BigEndian.Uint32(header[4:]) {
		c.fail("checksum of a chunk")
		return false
	}
	c.left = c.buf[:n]
	return n > 0
}

func (c *chunkReader) readFull(p []byte) bool {
	_, err := io.ReadFull(c.r, p)
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		c.fail("cut short")
	case err != nil:
		c.err = fmt.Errorf("read snapshot of the tree: %w", err)
	}
	return err == nil
}

// close reads the end of the section, which must be next.
func (c *chunkReader) close() error {
	if c.err == nil && (len(c.left) > 0 || c.fill()) {
		c.fail("goes on after its last node")
	}
	return c.err
}
