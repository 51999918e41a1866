package wire

import (
	"github.com/grove-coordination/grove/sdk"
)

// ConnectRequest is the first frame of a client. It has no header.
type ConnectRequest struct {
	ProtocolVersion int32 // 0
	LastZxidSeen    int64
	TimeoutMillis   int32 // wished for
	SessionID       int64 // 0 for a new session
	Password        []byte
	ReadOnly        bool // would be content with a server that only reads
	Short           bool // the ReadOnly byte is left out, as older clients do
}

// AppendConnectRequest appends the frame of r: 45 bytes with a password of 16, or 44 when Short.
func AppendConnectRequest(dst []byte, r *ConnectRequest) []byte {
	dst, at := begin(dst)
	dst = appendInt(dst, r.ProtocolVersion)
	dst = appendLong(dst, r.LastZxidSeen)
	dst = appendInt(dst, r.TimeoutMillis)
	dst = appendLong(dst, r.SessionID)
	dst = appendBuffer(dst, r.Password)
	if !r.Short {
		dst = appendBool(dst, r.ReadOnly)
	}
	return finish(dst, at)
}

// DecodeConnectRequest reads a body into r. The password refers to the body.
func DecodeConnectRequest(body []byte, r *ConnectRequest) error {
	d := decoder{rest: body}
	*r = ConnectRequest{
		ProtocolVersion: d.int(),
		LastZxidSeen:    d.long(),
		TimeoutMillis:   d.int(),
		SessionID:       d.long(),
		Password:        d.buffer(),
	}
	r.ReadOnly, r.Short = d.lastBool()
	return d.err("connect request")
}

// ConnectResponse is the first frame of a server. One with a time-out of 0 says that the session is gone.
type ConnectResponse struct {
	ProtocolVersion int32 // 0
	TimeoutMillis   int32 // agreed
	SessionID       int64
	Password        [sdk.PasswordLen]byte
	ReadOnly        bool // the server only reads
	Short           bool // the ReadOnly byte is left out: a server answers in the form it was asked in
}

// AppendConnectResponse appends the frame of r: 37 bytes, or 36 when Short.
func AppendConnectResponse(dst []byte, r *ConnectResponse) []byte {
	dst, at := begin(dst)
	dst = appendInt(dst, r.ProtocolVersion)
	dst = appendInt(dst, r.TimeoutMillis)
	dst = appendLong(dst, r.SessionID)
	dst = appendBuffer(dst, r.Password[:])
	if !r.Short {
		dst = appendBool(dst, r.ReadOnly)
	}
	return finish(dst, at)
}

// DecodeConnectResponse reads a body into r. A password of another length than 16 is cut or filled with zeros.
func DecodeConnectResponse(body []byte, r *ConnectResponse) error {
	d := decoder{rest: body}
	*r = ConnectResponse{
		ProtocolVersion: d.int(),
		TimeoutMillis:   d.int(),
		SessionID:       d.long(),
	}
	copy(r.Password[:], d.buffer())
	r.ReadOnly, r.Short = d.lastBool()
	return d.err("connect response")
}

// lastBool is a boolean that older peers leave out. It is told by what is left, not by the length of the record: a
// password may be null.
func (d *decoder) lastBool() (value, absent bool) {
	if len(d.rest) == 0 {
		return false, true
	}
	return d.bool(), false
}
