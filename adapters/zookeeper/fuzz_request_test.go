package zookeeper_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// FuzzRequest sends any request twice, with a ping between them and a read behind. Whatever it is, it is answered, in its
// turn and in the form that its kind has; and the connection goes on, unless the answer is one that ends it.
// Fuzz it with -fuzzminimizetime 1x, as FuzzConnection.
func FuzzRequest(f *testing.F) {
	for _, conversation := range recorded(f) {
		for frames := wire.NewReader(bytes.NewReader(conversation), len(conversation)); ; {
			frame, err := frames.Next()
			if err != nil {
				break // the end, as each was cut from a connection
			}
			h, body, err := wire.DecodeRequestHeader(frame)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(int32(h.Kind), bytes.Clone(body))
		}
	}
	pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	serving(f, core.Config{}, zookeeper.Config{Listener: pipes, Users: bob})
	f.Fuzz(func(t *testing.T, number int32, body []byte) {
		kind := sdk.OpKind(number)
		if kind == sdk.OpPing || len(body) > 1<<16 {
			t.Skip("a ping has no turn, and long frames are tried elsewhere")
		}
		c := pipes.connect(t, 10_000)
		defer c.socket.Close()
		go c.write(slices.Concat(framed(1, kind, body), framed(wire.XidPing, sdk.OpPing, nil), framed(2, kind, body),
			framed(3, sdk.OpExists, []byte("\x00\x00\x00\x01/\x00"))))
		for xid := int32(1); xid <= 2; xid++ {
			if code := c.expectForm(xid, kind); endsWith(kind, code) {
				c.expectClosed()
				return
			}
		}
		if code := c.expectForm(3, sdk.OpExists); code != sdk.OK {
			t.Errorf("a read of the root behind it: %v", code)
		}
	})
}

// framed is a request of any kind with any body.
func framed(xid int32, kind sdk.OpKind, body []byte) []byte {
	frame := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(xid))
	return append(binary.BigEndian.AppendUint32(frame, uint32(kind)), body...)
}

// expectForm reads the reply to xid, past events and pings. What it says must be all there is in it.
func (c *client) expectForm(xid int32, kind sdk.OpKind) sdk.Code {
	c.t.Helper()
	for {
		frame, err := c.frames.Next()
		if err != nil {
			c.t.Fatalf("no reply to %d: %v", xid, err)
		}
		h, body, err := wire.DecodeReplyHeader(frame)
		if err != nil {
			c.t.Fatal(err)
		}
		if h.Xid == wire.XidEvent || h.Xid == wire.XidPing {
			continue
		}
		var m sdk.Message
		if err := wire.DecodeReply(h, kind, body, &m); err != nil || h.Xid != xid {
			c.t.Fatalf("the reply %x to %d, want one to %d: %v", frame, h.Xid, xid, err)
		}
		if h.Code == sdk.CodeMarshallingError {
			m.Kind = sdk.OpError // what nobody can read has no kind
		}
		again := wire.AppendReply(nil, xid, &m)
		if rest := again[4+len(frame)-len(body):]; !bytes.Equal(rest, body) {
			c.t.Fatalf("the reply %x says no more than %x", frame, rest)
		}
		return h.Code
	}
}

// endsWith reports whether the reply is the last of its connection.
func endsWith(kind sdk.OpKind, code sdk.Code) bool {
	if kind == sdk.OpAuth || kind == sdk.OpSASL {
		return code != sdk.OK
	}
	return kind == sdk.OpCloseSession && code == sdk.OK || code == sdk.CodeUnimplemented
}
