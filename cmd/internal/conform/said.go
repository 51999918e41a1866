package conform

import (
	"context"
	"log/slog"
	"sync"
)

// said is the log of the program's processes, as far as the checks want to know of it.
type said struct {
	mu      sync.Mutex // guards what follows
	printed []string   // lines on standard output, beside the handshake
	unclean []string   // why a process had to be ended by force
	last    string     // thing said
}

// keptLines is how many lines of a kind are kept.
const keptLines = 10

var _ slog.Handler = (*said)(nil)

// Enabled implements slog.Handler.
func (s *said) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs implements slog.Handler: what is asked for is in the record itself.
func (s *said) WithAttrs([]slog.Attr) slog.Handler { return s }

// WithGroup implements slog.Handler.
func (s *said) WithGroup(string) slog.Handler { return s }

// Handle implements slog.Handler.
func (s *said) Handle(_ context.Context, record slog.Record) error {
	attrs := map[string]string{}
	record.Attrs(func(a slog.Attr) bool { attrs[a.Key] = a.Value.String(); return true })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = record.Message
	switch {
	case attrs["stream"] == "stdout":
		s.printed = keep(s.printed, record.Message)
	case record.Message == uncleanEnd:
		s.unclean = keep(s.unclean, attrs["error"])
	}
	return nil
}

// uncleanEnd is what package plugin logs of a process that did not end in order.
const uncleanEnd = "plugin did not end in order"

func keep(lines []string, line string) []string {
	if len(lines) == keptLines {
		return lines
	}
	return append(lines, line)
}

func (s *said) onStdout() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.printed...)
}

// forced is why the last process had to be ended by force, "" when it had not.
func (s *said) forced() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.unclean) == 0 {
		return ""
	}
	return s.unclean[len(s.unclean)-1]
}
