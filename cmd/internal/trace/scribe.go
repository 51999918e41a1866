package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk/wire"
)

// Who spoke, as JSON tells it.
const (
	fromClient = "client"
	fromServer = "server"
)

// A scribe writes the lines of all connections.
type scribe struct {
	json   bool
	since  func() time.Duration // since the start
	failed func(error)          // is told the first error of out; nothing is written after it

	mu   sync.Mutex // guards what follows, and keeps the times in order
	out  io.Writer
	done bool // out has failed
}

// record is a line as JSON shows it.
type record struct {
	Seconds    float64 `json:"seconds"`
	Connection int     `json:"connection"`
	From       string  `json:"from,omitempty"`
	Kind       string  `json:"kind,omitempty"`
	Xid        int32   `json:"xid,omitempty"`
	Code       int32   `json:"code,omitempty"`
	Text       string  `json:"text"`
}

// write writes one line.
func (s *scribe) write(connection int, from string, line wire.Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return
	}
	if err := s.put(s.since(), connection, from, line); err != nil {
		s.done = true
		s.failed(fmt.Errorf("output: %w", err))
	}
}

func (s *scribe) put(now time.Duration, connection int, from string, line wire.Line) error {
	if !s.json {
		_, err := fmt.Fprintf(s.out, "%.6f #%d %s\n", now.Seconds(), connection, line.Text)
		return err
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(record{
		Seconds: now.Round(time.Microsecond).Seconds(), Connection: connection, From: from,
		Kind: line.Kind.String(), Xid: line.Xid, Code: int32(line.Code), Text: line.Text,
	})
}
