package wire

import (
	"encoding/hex"
	"fmt"

	"github.com/grove-coordination/grove/sdk"
)

// Line is one frame in words.
type Line struct {
	Text string     // as [Trace] shows it, without a line break
	Xid  int32      // 0 of a handshake
	Kind sdk.OpKind // of a reply: what it answers; 0 of a handshake, of an event, and of a reply to nothing
	Code sdk.Code   // of a reply
}

// Printer writes one connection's conversation down in words, frame by frame, for people to read while it goes on. The
// words are those of [Trace]. It shows no secret: of passwords, credentials and tokens it tells the length, and of
// digests in ACLs the user. What cannot be read is shown in hex, in part. One goroutine at a time uses it.
type Printer struct {
	words
	asked  map[int32][]sdk.OpKind // kinds of the unanswered requests of each xid, oldest first
	open   int                    // how many those are
	client bool                   // has sent its first frame
	server bool                   // likewise
}

const (
	maxAsked = 1 << 16 // a printer that was never told an answer forgets what was asked
	shownHex = 32
)

// NewPrinter begins a conversation at its handshake. Of the data of nodes it shows so many bytes.
func NewPrinter(data int) *Printer { return newPrinter(words{discreet: true, shown: data}) }

func newPrinter(w words) *Printer { return &Printer{words: w, asked: make(map[int32][]sdk.OpKind)} }

// Client tells of the body of a frame that the client sent. It keeps nothing of it.
func (p *Printer) Client(frame []byte) Line {
	if !p.client {
		p.client = true
		return Line{Text: p.connect(frame)}
	}
	h, body, err := DecodeRequestHeader(frame)
	if err != nil {
		return Line{Text: "> " + unread(err, frame, p.discreet)}
	}
	p.ask(h)
	line := Line{Xid: h.Xid, Kind: h.Kind}
	var op sdk.Op
	if err := DecodeRequest(h.Kind, body, &op); err != nil {
		line.Text = fmt.Sprintf("> xid=%d %s", h.Xid, unread(err, body, p.discreet && !secret(h.Kind)))
	} else {
		line.Text = fmt.Sprintf("> %v xid=%d%s", h.Kind, h.Xid, p.op(&op))
	}
	return line
}

// Server tells of the body of a frame that the server sent. It keeps nothing of it.
func (p *Printer) Server(frame []byte) Line {
	if !p.server {
		p.server = true
		return Line{Text: p.connected(frame)}
	}
	h, body, err := DecodeReplyHeader(frame)
	switch {
	case err != nil:
		return Line{Text: "< " + unread(err, frame, p.discreet)}
	case h.Xid == XidEvent:
		return Line{Xid: h.Xid, Text: p.event(h, body)}
	}
	return p.reply(h, body)
}

// ClientPart tells of a frame of which only the beginning is at hand; length is that of the whole.
func (p *Printer) ClientPart(beginning []byte, length int) Line {
	h, _, err := DecodeRequestHeader(beginning)
	if !p.client || err != nil {
		p.client = true
		return Line{Text: fmt.Sprintf("> %d bytes, too many to look at", length)}
	}
	p.ask(h)
	return Line{Xid: h.Xid, Kind: h.Kind, Text: fmt.Sprintf("> %s xid=%d %d bytes, too many to look at", kindWord(h.Kind), h.Xid, length)}
}

// ServerPart tells of a frame of which only the beginning is at hand; length is that of the whole.
func (p *Printer) ServerPart(beginning []byte, length int) Line {
	h, _, err := DecodeReplyHeader(beginning)
	if !p.server || err != nil {
		p.server = true
		return Line{Text: fmt.Sprintf("< %d bytes, too many to look at", length)}
	}
	kind, _ := p.answered(h.Xid)
	return Line{Xid: h.Xid, Kind: kind, Code: h.Code, Text: fmt.Sprintf("%s %s %d bytes, too many to look at", p.head(h), kindWord(kind), length)}
}

func (p *Printer) ask(h RequestHeader) {
	if p.open++; p.open > maxAsked {
		clear(p.asked)
		p.open = 1
	}
	p.asked[h.Xid] = append(p.asked[h.Xid], h.Kind)
}

// answered is what the oldest unanswered request of that xid asked.
func (p *Printer) answered(xid int32) (kind sdk.OpKind, ok bool) {
	kinds := p.asked[xid]
	switch len(kinds) {
	case 0:
		return 0, false
	case 1:
		delete(p.asked, xid)
	default:
		p.asked[xid] = kinds[1:]
	}
	p.open--
	return kinds[0], true
}

func (p *Printer) connect(frame []byte) string {
	var r ConnectRequest
	if err := DecodeConnectRequest(frame, &r); err != nil {
		return "> " + unread(err, frame, false)
	}
	return fmt.Sprintf("> connect zxid=%s timeout=%d session=%s password=%s readOnly=%s", p.zxid(r.LastZxidSeen), r.TimeoutMillis,
		p.session(r.SessionID), p.password(r.Password), optional(r.ReadOnly, r.Short))
}

func (p *Printer) connected(frame []byte) string {
	var r ConnectResponse
	if err := DecodeConnectResponse(frame, &r); err != nil {
		return "< " + unread(err, frame, false)
	}
	return fmt.Sprintf("< connected timeout=%d session=%s password=%s readOnly=%s", r.TimeoutMillis, p.session(r.SessionID),
		p.password(r.Password[:]), optional(r.ReadOnly, r.Short))
}

func (p *Printer) event(h ReplyHeader, body []byte) string {
	event, err := DecodeEvent(h, body)
	if err != nil {
		return "< " + unread(err, body, p.discreet)
	}
	return fmt.Sprintf("< event zxid=%s %v %s", p.zxid(event.Zxid), event.Kind, word(event.Path))
}

func (p *Printer) head(h ReplyHeader) string {
	return fmt.Sprintf("< reply xid=%d zxid=%s err=%d", h.Xid, p.zxid(h.Zxid), h.Code)
}

func (p *Printer) reply(h ReplyHeader, body []byte) Line {
	head, line := p.head(h), Line{Xid: h.Xid, Code: h.Code}
	var ok bool
	if line.Kind, ok = p.answered(h.Xid); !ok {
		line.Text = fmt.Sprintf("%s to nothing, %d bytes", head, len(body))
		return line
	}
	var m sdk.Message
	switch err := DecodeReply(h, line.Kind, body, &m); {
	case err != nil:
		line.Text = fmt.Sprintf("%s %s", head, unread(err, body, p.discreet && !secret(line.Kind)))
	case h.Code != sdk.OK:
		line.Text = fmt.Sprintf("%s %s (%v)", head, kindWord(line.Kind), h.Code)
	default:
		line.Text = fmt.Sprintf("%s %v%s", head, line.Kind, p.result(&m))
	}
	return line
}

// secret reports whether what goes with a kind is nobody's business.
func secret(kind sdk.OpKind) bool { return kind == sdk.OpAuth || kind == sdk.OpSASL }

// unread says why and how much could not be read, and if it may, how it begins.
func unread(err error, body []byte, show bool) string {
	text := fmt.Sprintf("%v, %d bytes", err, len(body))
	switch {
	case !show || len(body) == 0:
	case len(body) > shownHex:
		text += ": " + hex.EncodeToString(body[:shownHex]) + "…"
	default:
		text += ": " + hex.EncodeToString(body)
	}
	return text
}
