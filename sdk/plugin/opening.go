package plugin

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// maxOpening is where the first line on a plugin's standard output is cut: the handshake, with a certificate in it, is
// shorter.
const maxOpening = 8 << 10

// opening is the standard output of a process. The first line is the handshake, which goes to who reads it; the rest
// is noise, and goes to the log. It is read by one goroutine.
type opening struct {
	pipe  io.Closer
	in    *bufio.Reader
	noise *lineLog

	mu   sync.Mutex // guards line
	line string     // the first one, once it was read
	left []byte     // of it, not given out yet: used by the reader alone
	read bool       // the first line was: likewise
}

func newOpening(pipe io.ReadCloser, noise *lineLog) *opening {
	return &opening{pipe: pipe, in: bufio.NewReaderSize(pipe, maxOpening), noise: noise}
}

// Read implements io.Reader: the first line, and its end when everything else was logged.
func (o *opening) Read(p []byte) (int, error) {
	if !o.read {
		o.first()
	}
	if len(o.left) > 0 {
		n := copy(p, o.left)
		o.left = o.left[n:]
		return n, nil
	}
	_, err := o.in.WriteTo(o.noise)
	if err == nil {
		err = io.EOF
	}
	return 0, err
}

func (o *opening) first() {
	line, _ := o.in.ReadSlice('\n') // what is wrong with the pipe is seen when the rest is read
	o.read, o.left = true, append([]byte(strings.TrimRight(string(line), "\r\n")), '\n')
	o.mu.Lock()
	defer o.mu.Unlock()
	o.line = string(o.left[:len(o.left)-1])
}

// Close implements io.Closer.
func (o *opening) Close() error { return o.pipe.Close() }

// fault says what was wrong with the handshake, or nothing when it can be read: then something else was.
func (o *opening) fault() string {
	o.mu.Lock()
	line := o.line
	o.mu.Unlock()
	parts := strings.Split(line, "|")
	switch {
	case line == "":
		return "ended before the handshake: is it a plugin?"
	case len(parts) < 5 || parts[0] != strconv.Itoa(goPlugin):
		return fmt.Sprintf("wrote %.80q to standard output before the handshake: is it a plugin, and does it print nothing itself?", line)
	case parts[1] != strconv.Itoa(version):
		return fmt.Sprintf("speaks version %.20q of the protocol, this server speaks %d", parts[1], version)
	case parts[4] != "grpc":
		return fmt.Sprintf("speaks %.20q, not grpc", parts[4])
	}
	return ""
}
