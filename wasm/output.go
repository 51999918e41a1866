package wasm

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	maxLine        = 512 // bytes of a line of output that are kept
	linesPerSecond = 20
)

// output gathers what an instance prints until a line is whole.
type output struct {
	lines *lines
	line  []byte
}

// write takes text in any pieces; what goes beyond the length of a line is dropped.
func (o *output) write(text []byte) {
	for len(text) > 0 {
		piece, rest, whole := bytes.Cut(text, []byte{'\n'})
		o.line = append(o.line, piece[:min(len(piece), maxLine-len(o.line))]...)
		if whole {
			o.flush()
		}
		text = rest
	}
}

// flush logs the line as it is.
func (o *output) flush() {
	if len(o.line) > 0 {
		o.lines.log(string(o.line))
		o.line = o.line[:0]
	}
}

// lines logs what the instances of a module print, only so many lines a second.
type lines struct {
	logger *slog.Logger

	mu      sync.Mutex // guards what follows
	second  int64      // since 1970
	count   int        // of lines in that second
	dropped int        // since the last line logged
}

func newLines(logger *slog.Logger, validator string) *lines {
	return &lines{logger: logger.With("room", "wasm", "validator", validator)}
}

func (l *lines) log(text string) {
	dropped, ok := l.admit(time.Now().Unix())
	if !ok {
		return
	}
	record := []slog.Attr{slog.String("text", oneLine(text, maxLine))}
	if dropped > 0 {
		record = append(record, slog.Int("dropped", dropped))
	}
	l.logger.LogAttrs(context.Background(), slog.LevelInfo, "module prints", record...)
}

// admit reports whether one more line may be logged, and how many were not since the last.
func (l *lines) admit(second int64) (dropped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second != l.second {
		l.second, l.count = second, 0
	}
	if l.count >= linesPerSecond {
		l.dropped++
		return 0, false
	}
	l.count++
	dropped, l.dropped = l.dropped, 0
	return dropped, true
}
