package wire

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Trace writes one connection's conversation down in words, one line a frame:
//
//	> connect zxid=0 timeout=10000 session=0 password=16 zeros readOnly=absent
//	< connected timeout=10000 session=0x100000000000001 password=1011a944… readOnly=absent
//	> create xid=1 /a data="x" acl=[world:anyone:31] flags=0
//	< reply xid=1 zxid=0x2 err=0 create /a
//
// It is for recordings and for tests that compare a whole conversation as text; [Printer] is for people who look on.
// Masked, it hides what differs from run to run: zxids are told by their rank (z1, z2) and sessions in the order they
// appear (s1, s2), times and passwords only by whether they are set. One goroutine at a time uses it.
type Trace struct {
	printer *Printer
	lines   []string
}

// shownBytes is how much of a node's data a trace shows.
const shownBytes = 64

// NewTrace begins a conversation at its handshake.
func NewTrace(mask bool) *Trace {
	return &Trace{printer: newPrinter(words{
		mask: mask, shown: shownBytes, zxids: make(map[int64]bool), sessions: make(map[int64]int),
	})}
}

// Client notes the body of a frame that the client sent. It keeps nothing of it.
func (t *Trace) Client(frame []byte) { t.Note(t.printer.Client(frame).Text) }

// Server notes the body of a frame that the server sent. It keeps nothing of it.
func (t *Trace) Server(frame []byte) { t.Note(t.printer.Server(frame).Text) }

// Note adds a line of the caller's own, such as that the connection was closed.
func (t *Trace) Note(text string) { t.lines = append(t.lines, text) }

// String is the conversation so far. Ranks are those of all zxids seen until now.
func (t *Trace) String() string {
	text := strings.Join(append(slices.Clone(t.lines), ""), "\n")
	if !t.printer.mask {
		return text
	}
	var pairs []string
	for i, zxid := range slices.Sorted(maps.Keys(t.printer.zxids)) {
		pairs = append(pairs, placeholder(zxid), "z"+strconv.Itoa(i+1))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
