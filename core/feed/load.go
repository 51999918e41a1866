package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/grove-coordination/grove/sdk"
)

// ErrCorrupt is wrapped by every error of Load that is about what was read and not about reading it.
var ErrCorrupt = errors.New("not a saved feed window")

// Load reads a window that Save wrote, and not a byte more. It is as it was saved, even when that is more than the
// limits allow: the next Append trims it. Memory is taken only for bytes that were read. Load reads in small pieces,
// so in should be buffered.
func Load(in io.Reader, l Limits) (*Window, error) {
	d := decoder{in: in}
	w, count := d.header(l)
	for i := uint64(0); i < count && d.err == nil; i++ {
		d.transaction(w)
	}
	d.trailer()
	if d.err != nil {
		return nil, fmt.Errorf("feed: load after zxid %#x: %w", w.Last(), d.err)
	}
	return w, nil
}

// decoder reads the format piece by piece. After the first error it gives zeros.
type decoder struct {
	in    io.Reader
	sum   uint32 // CRC-32C of what was read
	err   error
	fixed [transactionSize]byte // where the parts of fixed length are read into
}

func (d *decoder) header(l Limits) (w *Window, count uint64) {
	w = New(l)
	b := d.take(headerSize)
	switch v := binary.BigEndian.Uint32(b[4:]); {
	case d.err != nil:
		return w, 0
	case string(b[:4]) != magic:
		d.corrupt("magic %q", b[:4])
	case v != version:
		d.corrupt("version %d, this is version %d", v, version)
	}
	w.floor = int64(binary.BigEndian.Uint64(b[8:]))
	if w.floor < 0 {
		d.corrupt("floor %d", w.floor)
	}
	return w, binary.BigEndian.Uint64(b[16:])
}

func (d *decoder) transaction(w *Window) {
	b := d.take(transactionSize)
	t := sdk.Transaction{
		Zxid:    int64(binary.BigEndian.Uint64(b)),
		Time:    int64(binary.BigEndian.Uint64(b[8:])),
		Session: int64(binary.BigEndian.Uint64(b[16:])),
	}
	changes := binary.BigEndian.Uint32(b[24:])
	if d.err == nil && t.Zxid <= w.Last() {
		d.corrupt("next zxid %#x", t.Zxid)
	}
	for i := uint32(0); i < changes && d.err == nil; i++ {
		t.Changes = append(t.Changes, d.change())
	}
	if d.err == nil {
		w.kept.push(t)
		w.bytes += cost(t)
	}
}

func (d *decoder) change() sdk.Change {
	b := d.take(changeSize)
	c := sdk.Change{
		Kind:    sdk.ChangeKind(b[0]),
		Version: int32(binary.BigEndian.Uint32(b[1:])),
		Owner:   int64(binary.BigEndian.Uint64(b[5:])),
	}
	path, data := int32(binary.BigEndian.Uint32(b[13:])), int32(binary.BigEndian.Uint32(b[17:]))
	switch {
	case d.err != nil:
		return c
	case c.Kind.String() == "":
		d.corrupt("change of kind %d", c.Kind)
	case path < 0:
		d.corrupt("path of length %d", path)
	case data < -1:
		d.corrupt("data of length %d", data)
	}
	c.Path = string(d.blob(int(path)))
	if data >= 0 {
		c.Data = d.blob(int(data))
	}
	return c
}

func (d *decoder) trailer() {
	sum := d.sum
	if stored := binary.BigEndian.Uint32(d.take(trailerSize)); d.err == nil && stored != sum {
		d.corrupt("checksum %#08x, stored as %#08x", sum, stored)
	}
}

// take reads n bytes, which are valid until the next take.
func (d *decoder) take(n int) []byte {
	b := d.fixed[:n]
	d.fill(b)
	return b
}

// blob reads n bytes to keep. It never has more than twice the room of what was really there, so that a false length
// costs nothing.
func (d *decoder) blob(n int) []byte {
	const first = 4 << 10
	b := make([]byte, 0, max(0, min(n, first)))
	for len(b) < n && d.err == nil {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(n, 2*cap(b))), b...)
		}
		d.fill(b[len(b):cap(b)])
		b = b[:cap(b)]
	}
	return b
}

// fill reads all of b, or leaves zeros there.
func (d *decoder) fill(b []byte) {
	if d.err == nil {
		switch _, err := io.ReadFull(d.in, b); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			d.corrupt("it ends too early")
		case err != nil:
			d.err = err
		}
	}
	if d.err != nil {
		clear(b)
		return
	}
	d.sum = crc32.Update(d.sum, castagnoli, b)
}

// corrupt notes what is wrong, unless something was before.
func (d *decoder) corrupt(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
}
