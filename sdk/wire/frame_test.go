package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/grove-coordination/grove/sdk/wire"
)

func TestReaderCutsFrames(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	var stream []byte
	bodies := []string{"", "a", "bc", long, "d", long + "y", ""}
	for _, body := range bodies {
		stream = append(append(stream, frameLength(len(body))...), body...)
	}
	sources := map[string]io.Reader{
		"at once":   bytes.NewReader(stream),
		"by halves": iotest.HalfReader(bytes.NewReader(stream)),
		"by bytes":  iotest.OneByteReader(bytes.NewReader(stream)),
		"with EOF":  iotest.DataErrReader(bytes.NewReader(stream)),
	}
	for how, src := range sources {
		r := wire.NewReader(src, len(long)+1)
		for i, want := range bodies {
			got, err := r.Next()
			if err != nil || string(got) != want {
				t.Fatalf("%s: frame %d is %d bytes, %v; want %d", how, i, len(got), err, len(want))
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: after the last: %v", how, err)
		}
	}
}

func TestReaderLimit(t *testing.T) {
	at := append(frameLength(wire.DefaultFrameLimit), make([]byte, wire.DefaultFrameLimit)...)
	if body, err := wire.NewReader(bytes.NewReader(at), wire.DefaultFrameLimit).Next(); err != nil || len(body) != 0xfffff {
		t.Errorf("a frame of the limit: %d bytes, %v", len(body), err)
	}
	for _, length := range []int{wire.DefaultFrameLimit + 1, -1, -1 << 31, 1<<31 - 1} {
		var bad *wire.FrameError
		_, err := wire.NewReader(bytes.NewReader(frameLength(length)), wire.DefaultFrameLimit).Next()
		if !errors.As(err, &bad) || int(bad.Length) != length {
			t.Errorf("length %d: %v", length, err)
		}
	}
}

func TestReaderTruncated(t *testing.T) {
	whole := append(frameLength(3), "abc"...)
	for n := 1; n < len(whole); n++ {
		if _, err := wire.NewReader(bytes.NewReader(whole[:n]), 10).Next(); err != io.ErrUnexpectedEOF {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

// TestReaderBuffered: one read brings two frames and a half.
func TestReaderBuffered(t *testing.T) {
	stream := append(append(frameLength(1), 'a'), append(frameLength(1), 'b', 0, 0, 0)...)
	r := wire.NewReader(io.MultiReader(bytes.NewReader(stream), bytes.NewReader([]byte{9, 'c'})), 8)
	for _, more := range []bool{true, false} {
		if _, err := r.Next(); err != nil || r.Buffered() != more {
			t.Errorf("buffered %t, %v; want %t", r.Buffered(), err, more)
		}
	}
	if _, err := r.Next(); err == nil || !r.Buffered() {
		t.Errorf("a bad length: buffered %t, %v", r.Buffered(), err)
	}
}

// TestReaderBelievesBytes: a length alone makes no room.
func TestReaderBelievesBytes(t *testing.T) {
	liar := frameLength(1 << 30)
	got := testing.AllocsPerRun(1, func() {
		_, err := wire.NewReader(&limited{iotest.OneByteReader(bytes.NewReader(liar)), t, 8 << 10}, 1<<30).Next()
		if err != io.ErrUnexpectedEOF {
			t.Error(err)
		}
	})
	if got > 8 {
		t.Errorf("%v allocations", got)
	}
}

// limited checks how much room each read is given.
type limited struct {
	io.Reader
	t    *testing.T
	most int
}

func (l *limited) Read(p []byte) (int, error) {
	if len(p) > l.most {
		l.t.Errorf("room for %d bytes", len(p))
	}
	return l.Reader.Read(p)
}

func frameLength(n int) []byte {
	return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}
