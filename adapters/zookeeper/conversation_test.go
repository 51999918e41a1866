package zookeeper_test

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestConversations sends the frames of testdata/conversations.txt to a server and compares what is said with the
// words there; once with sessions that can be polled, once with sessions that can only be waited for.
func TestConversations(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(map[bool]string{false: "poll", true: "next"}[plain], func(t *testing.T) {
			datadriven.RunTest(t, "testdata/conversations.txt", func(t *testing.T, d *datadriven.TestData) string {
				host := newFakeHost()
				host.plain = plain
				address, stop := start(t, host, zookeeper.Config{})
				defer stop()
				return converse(t, dial(t, address), d.Input)
			})
		})
	}
}

// converse sends one frame a line and notes all frames until the reply to it. A line that ends with a backslash goes
// out in one write with the next. A last line "closed" waits for the server to hang up.
func converse(t *testing.T, c *client, script string) string {
	trace := wire.NewTrace(true)
	var out []byte
	shaken := false
	for line := range strings.Lines(script) {
		text, more := strings.CutSuffix(strings.TrimSpace(line), `\`)
		if text == "closed" {
			c.expectClosed()
			trace.Note(text)
			break
		}
		frame := jute(t, text)
		trace.Client(frame)
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(frame))), frame...)
		if more {
			continue
		}
		c.write(out)
		out = out[:0]
		if !c.listen(trace, frame, !shaken) {
			break
		}
		shaken = true
	}
	return trace.String()
}

// listen notes what the server says until the reply to frame, and reports whether it has not hung up after it.
func (c *client) listen(trace *wire.Trace, frame []byte, handshake bool) bool {
	asked, _, _ := wire.DecodeRequestHeader(frame)
	for {
		got, err := c.frames.Next()
		if err != nil {
			c.isEnd(err)
			trace.Note("closed")
			return false
		}
		trace.Server(got)
		if handshake {
			return true
		}
		if h, _, _ := wire.DecodeReplyHeader(got); h.Xid == asked.Xid && h.Code != -6 && h.Code != -115 && asked.Kind != -11 {
			return true
		}
	}
}

// jute reads fields in words: 5 is an int, 5L a long, t and f are booleans, null a length of -1, "text" a string or a
// buffer, x0aff bytes as they are.
func jute(t *testing.T, text string) (b []byte) {
	t.Helper()
	for field := range strings.FieldsSeq(text) {
		var err error
		switch {
		case field == "t" || field == "f":
			b = append(b, map[string]byte{"t": 1, "f": 0}[field])
		case field == "null":
			b = binary.BigEndian.AppendUint32(b, 0xffffffff)
		case field[0] == 'x':
			var raw []byte
			raw, err = hex.DecodeString(field[1:])
			b = append(b, raw...)
		case field[0] == '"':
			var s string
			s, err = strconv.Unquote(field)
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
		default:
			digits, long := strings.CutSuffix(field, "L")
			var n int64
			n, err = strconv.ParseInt(digits, 0, 64)
			if long {
				b = binary.BigEndian.AppendUint64(b, uint64(n))
			} else {
				b = binary.BigEndian.AppendUint32(b, uint32(int32(n)))
			}
		}
		if err != nil {
			t.Fatalf("%q: %v", field, err)
		}
	}
	return b
}
