package wire_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// frame is one line of a recorded conversation: ">" and "<" with a body in hex, everything else a remark.
type frame struct {
	from string
	body []byte
	line string
}

func frames(t *testing.T, text string) (list []frame) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		f := frame{line: line}
		if from, digits, ok := strings.Cut(line, " "); ok && (from == ">" || from == "<") {
			body, err := hex.DecodeString(digits)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			f.from, f.body = from, body
		}
		list = append(list, f)
	}
	return list
}

// recordings are of a client of our own that tries what is odd, and of clients that people use.
var recordings = []string{"testdata/zookeeper-3.8.0.txt", "testdata/clients.txt"}

// TestRecordedTrace reads what a live ZooKeeper said, in words.
func TestRecordedTrace(t *testing.T) {
	for _, file := range recordings {
		t.Run(file, func(t *testing.T) { traceRecorded(t, file) })
	}
}

func traceRecorded(t *testing.T, file string) {
	datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
		trace := wire.NewTrace(true)
		for _, f := range frames(t, d.Input) {
			switch f.from {
			case ">":
				trace.Client(f.body)
			case "<":
				trace.Server(f.body)
			default:
				trace.Note(f.line)
			}
		}
		return trace.String()
	})
}

// notReproduced are recorded frames that mean the same as what we send, in other bytes.
var notReproduced = map[string]string{
	"> 0000000100000001000000092f":               "a truncated create",
	"> 0000000200000003ffffffff00":               "exists of a null path",
	"> 0000000300000009ffffffff":                 "sync of a null path, which reads as an empty one",
	"< 00000003000000000000000f00000000ffffffff": "and is answered as one",
	"> 0000000400000004000000012f07010203":       "true as 7, and trailing bytes",
	"> 0000000500000063":                         "an opcode nobody knows",
	"> 0000001900000014000000022f63":             "a deleteContainer, which is refused unread",
	"> 0000001a00000011000000022f6300000000":     "a type of watch nobody knows",
	"> 0000001b0000006a000000022f6300000002":     "a mode of watch nobody knows",
	"> 0000001c00000001000000042f626164ffffffff000000010000001f00000005776f726c64ffffffff00000000":   "an ACL with a null id",
	"> 0000001d00000001000000042f626164ffffffff000000010000001fffffffff00000006616e796f6e6500000000": "an ACL with a null scheme, which reads as an empty one",
	"> 0000001e000000160000000300ffffffff000000012f00ffffffff01ffffffff":                             "exists in a multiRead",
	"> 0000000e00000010000000000000000137ffffffffffffffffffffffff":                                   "a reconfig of go-zookeeper, empty where null asks for nothing",
}

// TestRecordedBytes decodes every recorded frame and encodes it again: the bytes are those of ZooKeeper.
func TestRecordedBytes(t *testing.T) {
	for _, file := range recordings {
		t.Run(file, func(t *testing.T) { reproduceRecorded(t, file) })
	}
}

func reproduceRecorded(t *testing.T, file string) {
	datadriven.RunTest(t, file, func(t *testing.T, d *datadriven.TestData) string {
		var end ends
		for _, f := range frames(t, d.Input) {
			if f.from == "" {
				continue
			}
			again := end.again(t, f)
			if same := len(again) > 4 && bytes.Equal(again[4:], f.body); same == (notReproduced[f.line] != "") {
				t.Errorf("%s\nagain %x", f.line, again)
			}
		}
		return d.Expected
	})
}

// ends is how far both ends of a conversation have come.
type ends struct {
	greeted, answered bool
	asked             map[int32]sdk.OpKind
}

func (e *ends) again(t *testing.T, f frame) []byte {
	switch {
	case f.from == ">" && !e.greeted:
		e.greeted, e.asked = true, make(map[int32]sdk.OpKind)
		var r wire.ConnectRequest
		must(t, wire.DecodeConnectRequest(f.body, &r))
		return wire.AppendConnectRequest(nil, &r)
	case f.from == "<" && !e.answered:
		e.answered = true
		var r wire.ConnectResponse
		must(t, wire.DecodeConnectResponse(f.body, &r))
		return wire.AppendConnectResponse(nil, &r)
	case f.from == ">":
		return e.request(t, f.body)
	}
	return e.reply(t, f.body)
}

func (e *ends) request(t *testing.T, body []byte) []byte {
	h, rest, err := wire.DecodeRequestHeader(body)
	must(t, err)
	e.asked[h.Xid] = h.Kind
	var op sdk.Op
	if wire.DecodeRequest(h.Kind, rest, &op) != nil {
		return nil
	}
	again, err := wire.AppendRequest(nil, h.Xid, &op)
	must(t, err)
	return again
}

func (e *ends) reply(t *testing.T, body []byte) []byte {
	h, rest, err := wire.DecodeReplyHeader(body)
	must(t, err)
	if h.Xid == wire.XidEvent {
		event, err := wire.DecodeEvent(h, rest)
		must(t, err)
		return wire.AppendEvent(nil, &event)
	}
	var m sdk.Message
	must(t, wire.DecodeReply(h, e.asked[h.Xid], rest, &m))
	return wire.AppendReply(nil, h.Xid, &m)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
