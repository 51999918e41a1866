package replica

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestForwardingBytes(t *testing.T) {
	got := appendHello(nil, hello{id: "n2", term: 5})
	got = appendFrame(got, frameRecord, []byte("abc"))
	got = appendFrame(got, frameReport, nil)
	if want := "\x01\x00\x00\x00\x00\x00\x00\x00\x05\x02n2" + "\x01\x03abc" + "\x02\x00"; string(got) != want {
		t.Fatalf("bytes %q, want %q", got, want)
	}
}

func TestFramesRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"end":         {"", io.EOF},
		"kind":        {"\x03\x00", errFrame},
		"too large":   {"\x01\xff\xff\xff\xff\x7f", errFrame},
		"no length":   {"\x01", io.ErrUnexpectedEOF},
		"length cut":  {"\x01\x80", io.ErrUnexpectedEOF},
		"payload cut": {"\x01\x80\x80\x40" + strings.Repeat("x", 100_000), io.ErrUnexpectedEOF},
	} {
		frames := frameReader{r: bufio.NewReader(strings.NewReader(c.data))}
		if _, _, err := frames.next(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if cap(frames.buf) > 512<<10 {
			t.Errorf("%s: %d bytes of buffer for %d that came", name, cap(frames.buf), len(c.data))
		}
	}
}

func FuzzForwardingStream(f *testing.F) {
	f.Add(appendFrame(appendFrame(appendHello(nil, hello{"n1", 1}), frameRecord, []byte("record")), frameReport, []byte("report")))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x05\xff"))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		h, err := readHello(r)
		if err != nil {
			return
		}
		again := appendHello(nil, h)
		frames := frameReader{r: bufio.NewReader(r)}
		for {
			kind, payload, err := frames.next()
			if err != nil {
				break
			}
			if len(payload) > len(data) {
				t.Fatalf("a frame of %d bytes out of %d", len(payload), len(data))
			}
			again = appendFrame(again, kind, payload)
		}
		if len(again) > len(data) {
			t.Fatalf("%d bytes written again as %d", len(data), len(again))
		}
	})
}
