package offline

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/grove-coordination/grove/core/replica"
)

// A saved file is, integers big-endian:
//
//	8   "GROVEBAK"
//	4   version, 1
//	    a zstd stream of frames: kind, 1 byte; length, 4 bytes; bytes
//	32  SHA-256 of everything before
//
//	1  head   a Head, as JSON; the first frame, and there is one
//	2  state  a part of the state, in order; none when the log has everything
//	3  entry  index, term, time in ns since 1970 or 0, 8 bytes each; kind, 1 byte; data
//	4  end    the last frame
const (
	fileMagic   = "GROVEBAK"
	fileVersion = 1

	frameHead, frameState, frameEntry, frameEnd = 1, 2, 3, 4

	maxFrame  = replica.MaxRecord + 1<<20
	maxWindow = 32 << 20
	partSize  = 256 << 10
)

var errFile = errors.New("not a file that 'grove snapshot save' has written, or damaged")

// Head says where a saved file comes from.
type Head struct {
	Cluster string    `json:"cluster"`
	Node    string    `json:"node"`
	Saved   time.Time `json:"saved"`
	Index   uint64    `json:"index"` // of the last entry in the state; 0: there is no state, and the log has everything
	Term    uint64    `json:"term"`
}

// write writes p as a saved file.
func write(w io.Writer, p point) error {
	sum := sha256.New()
	out := io.MultiWriter(w, sum)
	if _, err := out.Write(binary.BigEndian.AppendUint32([]byte(fileMagic), fileVersion)); err != nil {
		return err
	}
	z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if err := errors.Join(writeFrames(z, p), z.Close()); err != nil {
		return err
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

func writeFrames(w io.Writer, p point) error {
	head, err := json.Marshal(p.about())
	if err == nil {
		err = writeFrame(w, frameHead, head)
	}
	if err == nil {
		err = writeState(w, p)
	}
	if err != nil {
		return err
	}
	for s, err := range p.entries() {
		if err != nil {
			return err
		}
		if err := writeFrame(w, frameEntry, appendEntry(nil, s)); err != nil {
			return err
		}
	}
	return writeFrame(w, frameEnd, nil)
}

func writeFrame(w io.Writer, kind byte, data []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(data))), data...))
	return err
}

func writeState(w io.Writer, p point) error {
	state, err := p.snapshot()
	if state == nil || err != nil {
		return err
	}
	defer state.Close()
	part := make([]byte, partSize)
	for {
		n, err := io.ReadFull(state, part)
		if n > 0 {
			if err := writeFrame(w, frameState, part[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func appendEntry(dst []byte, s replica.Stored) []byte {
	var at int64
	if !s.At.IsZero() {
		at = s.At.UnixNano()
	}
	for _, v := range []uint64{s.Index, s.Term, uint64(at)} {
		dst = binary.BigEndian.AppendUint64(dst, v)
	}
	return append(append(dst, byte(s.Kind)), s.Data...)
}

func decodeEntry(b []byte) (replica.Stored, error) {
	if len(b) < 25 {
		return replica.Stored{}, errFile
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	s := replica.Stored{Index: at(0), Term: at(1), Kind: replica.Kind(b[24]), Data: b[25:]}
	if ns := int64(at(2)); ns != 0 {
		s.At = time.Unix(0, ns)
	}
	return s, nil
}

var _ point = (*file)(nil)

// file is a saved file that is read from the beginning to the end. Its checksum has been compared.
type file struct {
	head   Head
	sum    string // in hex
	closer io.Closer
	z      *zstd.Decoder
	r      *bufio.Reader
	kind   byte // of the frame that comes next
	data   []byte
}

func openFile(name string) (*file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	var p *file
	if err == nil {
		p, err = readFile(f, info.Size())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	p.closer = f
	return p, nil
}

// readFile compares the checksum of a saved file and reads its head.
func readFile(f io.ReaderAt, size int64) (*file, error) {
	const begin = int64(len(fileMagic) + 4)
	if size < begin+sha256.Size {
		return nil, errFile
	}
	sum, want := sha256.New(), make([]byte, sha256.Size)
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size-sha256.Size)); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(want, size-sha256.Size); err != nil {
		return nil, err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return nil, fmt.Errorf("%w: the checksum does not match", errFile)
	}
	var magic [begin]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil || string(magic[:len(fileMagic)]) != fileMagic {
		return nil, errors.Join(errFile, err)
	}
	if version := binary.BigEndian.Uint32(magic[len(fileMagic):]); version != fileVersion {
		return nil, fmt.Errorf("%w: version %d is not known", errFile, version)
	}
	p := &file{sum: hex.EncodeToString(want)}
	return p, p.begin(io.NewSectionReader(f, begin, size-begin-sha256.Size))
}

func (p *file) begin(r io.Reader) (err error) {
	if p.z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow)); err != nil {
		return err
	}
	p.r = bufio.NewReaderSize(p.z, 64<<10)
	if err = p.next(); err == nil && p.kind != frameHead {
		err = errFile
	}
	if err == nil {
		err = json.Unmarshal(p.data, &p.head)
	}
	if err == nil {
		err = p.next()
	}
	if err != nil {
		p.z.Close()
		return fmt.Errorf("%w: %w", errFile, err)
	}
	return nil
}

// next reads a frame. Its buffer grows with what has come.
func (p *file) next() error {
	var head [5]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > maxFrame {
		return fmt.Errorf("%w: a frame of %d bytes", errFile, length)
	}
	var data bytes.Buffer
	if _, err := io.CopyN(&data, p.r, int64(length)); err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	p.kind, p.data = head[0], data.Bytes()
	return nil
}

func (p *file) about() Head { return p.head }

func (p *file) snapshot() (io.ReadCloser, error) {
	if p.head.Index == 0 {
		return nil, nil
	}
	return io.NopCloser(stateReader{p}), nil
}

// stateReader reads the frames of the state, and stops before the next one.
type stateReader struct{ *file }

// Read implements io.Reader.
func (s stateReader) Read(b []byte) (int, error) {
	for len(s.data) == 0 && s.kind == frameState {
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	if s.kind != frameState {
		return 0, io.EOF
	}
	n := copy(b, s.data)
	s.data = s.data[n:]
	return n, nil
}

func (p *file) entries() iter.Seq2[replica.Stored, error] {
	return func(yield func(replica.Stored, error) bool) {
		for p.kind != frameEnd {
			s, err := replica.Stored{}, errFile
			if p.kind == frameEntry {
				s, err = decodeEntry(p.data)
			}
			if err == nil {
				err = p.next()
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// Close lets go of the file.
func (p *file) Close() error {
	p.z.Close()
	return p.closer.Close()
}
