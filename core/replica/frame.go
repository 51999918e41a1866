package replica

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// What a forwarding stream carries, from the follower to the leader, after the byte that names the stream:
//
//	hello   version, 1 byte: 1; term, 8 bytes, big endian; length of the node's id, 1 byte; the id
//	frames  kind, 1 byte: 1 record, 2 report; length as uvarint; bytes
//
// The leader answers the hello with one byte, 1, when it takes the stream, and with nothing else ever; it refuses by
// closing.
const (
	helloVersion = 1
	accepted     = 1
	maxID        = 255

	frameRecord = 1
	frameReport = 2
)

var errFrame = errors.New("forwarding stream: damaged frame")

// hello says who forwards, and to the leader of which term.
type hello struct {
	id   string
	term uint64
}

func appendHello(dst []byte, h hello) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, helloVersion), h.term)
	return append(append(dst, byte(len(h.id))), h.id...)
}

func readHello(r io.Reader) (hello, error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return hello{}, fmt.Errorf("forwarding stream: hello: %w", err)
	}
	if head[0] != helloVersion {
		return hello{}, fmt.Errorf("forwarding stream: hello version %d is not known", head[0])
	}
	id := make([]byte, head[9])
	if _, err := io.ReadFull(r, id); err != nil {
		return hello{}, fmt.Errorf("forwarding stream: hello: %w", err)
	}
	return hello{id: string(id), term: binary.BigEndian.Uint64(head[1:])}, nil
}

func appendFrame(dst []byte, kind byte, payload []byte) []byte {
	return appendRecord(append(dst, kind), payload)
}

// frameReader reads frames into a buffer that it uses again.
type frameReader struct {
	r   *bufio.Reader
	buf []byte
}

// next gives the next frame, whose payload is lent until the call after. A frame that was cut off is
// io.ErrUnexpectedEOF, an end between frames io.EOF.
func (f *frameReader) next() (kind byte, payload []byte, err error) {
	if kind, err = f.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	length, err := binary.ReadUvarint(f.r)
	switch {
	case errors.Is(err, io.EOF):
		return 0, nil, io.ErrUnexpectedEOF
	case err != nil:
		return 0, nil, err
	case length > MaxRecord, kind != frameRecord && kind != frameReport:
		return 0, nil, errFrame
	}
	if err := f.fill(int(length)); err != nil {
		return 0, nil, err
	}
	return kind, f.buf, nil
}

// fill reads length bytes. The buffer grows with what has come, not with what was announced.
func (f *frameReader) fill(length int) error {
	const step = 64 << 10
	if f.buf = f.buf[:0]; cap(f.buf) > 1<<20 && length <= step {
		f.buf = nil // one large record does not hold on to its memory
	}
	for have := 0; have < length; have = len(f.buf) {
		part := min(length-have, step)
		f.buf = slices.Grow(f.buf, part)[:have+part]
		if _, err := io.ReadFull(f.r, f.buf[have:]); err != nil {
			return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
		}
	}
	return nil
}
