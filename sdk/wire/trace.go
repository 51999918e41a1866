package wire

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// Trace writes one connection's conversation down in words, one line a frame:
//
//	> connect zxid=0 timeout=10000 session=0 password=16 zeros readOnly=absent
//	< connected timeout=10000 session=0x100000000000001 password=1011a944… readOnly=absent
//	> create xid=1 /a data="x" acl=[world:anyone:31] flags=0
//	< reply xid=1 zxid=0x2 err=0 create /a
//
// It is for logs, for recordings and for tests that compare a whole conversation as text. Masked, it hides what differs
// from run to run: zxids are told by their rank (z1, z2) and sessions in the order they appear (s1, s2), times and
// passwords only by whether they are set. One goroutine at a time uses it.
type Trace struct {
	mask     bool
	lines    []string
	asked    map[int32][]sdk.OpKind // kinds of the unanswered requests of each xid, oldest first
	zxids    map[int64]bool
	sessions map[int64]int
	client   bool // has sent its first frame
	server   bool // likewise
}

// NewTrace begins a conversation at its handshake.
func NewTrace(mask bool) *Trace {
	return &Trace{
		mask:     mask,
		asked:    make(map[int32][]sdk.OpKind),
		zxids:    make(map[int64]bool),
		sessions: make(map[int64]int),
	}
}

// Client notes the body of a frame that the client sent. It keeps nothing of it.
func (t *Trace) Client(frame []byte) {
	if !t.client {
		t.client = true
		t.connect(frame)
		return
	}
	h, body, err := DecodeRequestHeader(frame)
	if err != nil {
		t.line("> %v, %d bytes", err, len(frame))
		return
	}
	t.asked[h.Xid] = append(t.asked[h.Xid], h.Kind)
	var op sdk.Op
	if err := DecodeRequest(h.Kind, body, &op); err != nil {
		t.line("> xid=%d %v, %d bytes", h.Xid, err, len(body))
		return
	}
	t.line("> %v xid=%d%s", h.Kind, h.Xid, t.op(&op))
}

// Server notes the body of a frame that the server sent. It keeps nothing of it.
func (t *Trace) Server(frame []byte) {
	if !t.server {
		t.server = true
		t.connected(frame)
		return
	}
	h, body, err := DecodeReplyHeader(frame)
	switch {
	case err != nil:
		t.line("< %v, %d bytes", err, len(frame))
	case h.Xid == XidEvent:
		t.event(h, body)
	default:
		t.reply(h, body)
	}
}

// Note adds a line of the caller's own, such as that the connection was closed.
func (t *Trace) Note(text string) { t.lines = append(t.lines, text) }

// String is the conversation so far. Ranks are those of all zxids seen until now.
func (t *Trace) String() string {
	text := strings.Join(append(slices.Clone(t.lines), ""), "\n")
	if !t.mask {
		return text
	}
	var pairs []string
	for i, zxid := range slices.Sorted(maps.Keys(t.zxids)) {
		pairs = append(pairs, placeholder(zxid), "z"+strconv.Itoa(i+1))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (t *Trace) line(format string, args ...any) {
	t.lines = append(t.lines, fmt.Sprintf(format, args...))
}

func (t *Trace) connect(frame []byte) {
	var r ConnectRequest
	if err := DecodeConnectRequest(frame, &r); err != nil {
		t.line("> %v, %d bytes", err, len(frame))
		return
	}
	t.line("> connect zxid=%s timeout=%d session=%s password=%s readOnly=%s", t.zxid(r.LastZxidSeen), r.TimeoutMillis,
		t.session(r.SessionID), t.password(r.Password), optional(r.ReadOnly, r.Short))
}

func (t *Trace) connected(frame []byte) {
	var r ConnectResponse
	if err := DecodeConnectResponse(frame, &r); err != nil {
		t.line("< %v, %d bytes", err, len(frame))
		return
	}
	t.line("< connected timeout=%d session=%s password=%s readOnly=%s", r.TimeoutMillis, t.session(r.SessionID),
		t.password(r.Password[:]), optional(r.ReadOnly, r.Short))
}

func (t *Trace) event(h ReplyHeader, body []byte) {
	event, err := DecodeEvent(h, body)
	if err != nil {
		t.line("< %v, %d bytes", err, len(body))
		return
	}
	t.line("< event zxid=%s %v %s", t.zxid(event.Zxid), event.Kind, word(event.Path))
}

func (t *Trace) reply(h ReplyHeader, body []byte) {
	head := fmt.Sprintf("< reply xid=%d zxid=%s err=%d", h.Xid, t.zxid(h.Zxid), h.Code)
	asked := t.asked[h.Xid]
	if len(asked) == 0 {
		t.line("%s to nothing, %d bytes", head, len(body))
		return
	}
	t.asked[h.Xid] = asked[1:]
	var m sdk.Message
	switch err := DecodeReply(h, asked[0], body, &m); {
	case err != nil:
		t.line("%s %v, %d bytes", head, err, len(body))
	case h.Code != sdk.OK:
		t.line("%s %s (%v)", head, kindWord(asked[0]), h.Code)
	default:
		t.line("%s %v%s", head, asked[0], t.result(&m))
	}
}
