package wire

import (
	"errors"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// The xids that are not numbers of requests.
const (
	XidEvent      int32 = -1 // a watch event
	XidPing       int32 = -2
	XidAuth       int32 = -4 // some clients number their auth requests like any other
	XidSetWatches int32 = -8 // likewise
)

// ErrMalformed is wrapped by the errors of every decoder but [DecodeRequest], whose errors wrap the [sdk.Code] that
// the client gets.
var ErrMalformed = errors.New("malformed record")

// RequestHeader stands in front of every request but the first.
type RequestHeader struct {
	Xid  int32
	Kind sdk.OpKind // whatever was sent: it may be one that nobody knows
}

// DecodeRequestHeader cuts a frame into header and request; the request refers to the frame.
func DecodeRequestHeader(frame []byte) (h RequestHeader, request []byte, err error) {
	d := decoder{rest: frame}
	h = RequestHeader{Xid: d.int(), Kind: sdk.OpKind(d.int())}
	return h, d.rest, d.err("request header")
}

func appendRequestHeader(dst []byte, xid int32, kind sdk.OpKind) []byte {
	return appendInt(appendInt(dst, xid), int32(kind))
}

// ReplyHeader stands in front of every reply and event. A body follows only with sdk.OK.
type ReplyHeader struct {
	Xid  int32
	Zxid int64
	Code sdk.Code
}

// DecodeReplyHeader cuts a frame into header and reply; the reply refers to the frame.
func DecodeReplyHeader(frame []byte) (h ReplyHeader, reply []byte, err error) {
	d := decoder{rest: frame}
	h = ReplyHeader{Xid: d.int(), Zxid: d.long(), Code: sdk.Code(d.int())}
	return h, d.rest, d.err("reply header")
}

func appendReplyHeader(dst []byte, xid int32, zxid int64, code sdk.Code) []byte {
	return appendInt(appendLong(appendInt(dst, xid), zxid), int32(code))
}

// err is nil when every field so far was there.
func (d *decoder) err(record string) error {
	if d.bad {
		return fmt.Errorf("%s: %w", record, ErrMalformed)
	}
	return nil
}
