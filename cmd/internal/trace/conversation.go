package trace

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/grove-coordination/grove/sdk/wire"
)

// A conversation is what one connection's two sides say.
type conversation struct {
	scribe *scribe
	number int

	mu             sync.Mutex // guards what follows: both directions come here
	printer        *wire.Printer
	client, server cutter
	first          []byte // of the client, until it is known how it speaks
	word           bool   // the client sent a four-letter word: the server answers in text
	text           []byte // of the server, a line that has no end yet
}

func newConversation(s *scribe, number, data int) *conversation {
	return &conversation{scribe: s, number: number, printer: wire.NewPrinter(data)}
}

// heardClient takes a piece of what the client sent.
func (c *conversation) heardClient(piece []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word {
		return // a line break, mostly
	}
	if len(c.first) < lengthSize {
		piece = c.begin(piece)
	}
	ok := c.client.cut(piece,
		func(body []byte) { c.say(fromClient, c.printer.Client(body)) },
		func(beginning []byte, length int) { c.say(fromClient, c.printer.ClientPart(beginning, length)) })
	if !ok {
		c.say(fromClient, wire.Line{Text: "> " + c.client.strange()})
	}
}

// begin looks at the first four bytes: letters are a word for the server, everything else is a length.
func (c *conversation) begin(piece []byte) (rest []byte) {
	c.first = append(c.first, piece...)
	if len(c.first) < lengthSize {
		return nil
	}
	if word := string(c.first[:lengthSize]); strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" {
		c.word = true
		c.say(fromClient, wire.Line{Text: "> " + word})
		return nil
	}
	rest, c.first = c.first, c.first[:lengthSize:lengthSize]
	return rest
}

// heardServer takes a piece of what the server sent.
func (c *conversation) heardServer(piece []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.word {
		c.lines(piece)
		return
	}
	ok := c.server.cut(piece,
		func(body []byte) { c.say(fromServer, c.printer.Server(body)) },
		func(beginning []byte, length int) { c.say(fromServer, c.printer.ServerPart(beginning, length)) })
	if !ok {
		c.say(fromServer, wire.Line{Text: "< " + c.server.strange()})
	}
}

// lineLimit is where a line of text is cut in two.
const lineLimit = 1 << 10

// lines prints the lines of text that have an end, or are too long to wait for it.
func (c *conversation) lines(piece []byte) {
	c.text = append(c.text, piece...)
	for {
		line, rest, ended := bytes.Cut(c.text, []byte("\n"))
		if !ended && len(line) < lineLimit {
			return
		}
		if len(line) > lineLimit {
			line, rest = c.text[:lineLimit], c.text[lineLimit:]
		}
		c.say(fromServer, wire.Line{Text: "< " + plain(string(line))})
		c.text = rest
	}
}

// ended notes that one side said its last, and prints what was left unfinished.
func (c *conversation) ended(from string, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from == fromServer && len(c.text) > 0 {
		c.say(from, wire.Line{Text: "< " + plain(string(c.text))})
		c.text = nil
	}
	side := &c.client
	if from == fromServer {
		side = &c.server
	}
	if side.unfinished() || from == fromClient && 0 < len(c.first) && len(c.first) < lengthSize {
		c.say(from, wire.Line{Text: from + " ended in the middle of a frame"})
	}
	text := from + " closed"
	if why != nil {
		text += ": " + why.Error()
	}
	c.say("", wire.Line{Text: text})
}

// note prints what is nobody's saying.
func (c *conversation) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say("", wire.Line{Text: fmt.Sprintf(format, args...)})
}

// say writes a line. The caller holds mu.
func (c *conversation) say(from string, line wire.Line) {
	c.scribe.write(c.number, from, line)
}

// plain is a line of text without what would spoil a terminal.
func plain(line string) string {
	line = strings.TrimSuffix(line, "\r")
	quoted := strconv.Quote(line)
	if strings.ReplaceAll(quoted, `\t`, "\t") == `"`+line+`"` {
		return line
	}
	return quoted
}
