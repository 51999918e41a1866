package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// A line on a plugin's stderr that is a JSON object with these keys is a log record, as hclog writes it.
const (
	keyTime    = "@timestamp"
	keyLevel   = "@level"
	keyMessage = "@message"
)

// newHostHandler writes records that the host reads with lineLog.
func newHostHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: renameKeys})
}

func renameKeys(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.TimeKey:
		return slog.String(keyTime, attr.Value.Time().Format("2006-01-02T15:04:05.000000Z07:00"))
	case slog.LevelKey:
		return slog.String(keyLevel, strings.ToLower(attr.Value.String()))
	case slog.MessageKey:
		attr.Key = keyMessage
	}
	return attr
}

// maxLine is where a plugin's line is cut.
const maxLine = 64 << 10

// lineLog is a writer that makes a log record of each line. It is used by one goroutine at a time.
type lineLog struct {
	log    *slog.Logger
	stream string     // the name of what the lines come from
	level  slog.Level // of lines that do not say theirs
	line   []byte
}

// Write implements io.Writer; it never fails.
func (w *lineLog) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			w.hold(rest)
			break
		}
		w.hold(rest[:i])
		w.emit()
		rest = rest[i+1:]
	}
	return len(p), nil
}

func (w *lineLog) hold(part []byte) {
	w.line = append(w.line, part[:min(len(part), maxLine-len(w.line))]...)
}

func (w *lineLog) emit() {
	line := bytes.TrimRight(w.line, "\r ")
	w.line = w.line[:0]
	if len(line) == 0 {
		return
	}
	if level, text, attrs, ok := parseRecord(line); ok {
		w.log.LogAttrs(context.Background(), level, text, attrs...)
		return
	}
	w.log.Log(context.Background(), w.level, string(line), "stream", w.stream)
}

// parseRecord reads a line as hclog and newHostHandler write it.
func parseRecord(line []byte) (level slog.Level, text string, attrs []slog.Attr, ok bool) {
	var fields map[string]any
	if line[0] != '{' || json.Unmarshal(line, &fields) != nil {
		return 0, "", nil, false
	}
	text, ok = fields[keyMessage].(string)
	if !ok {
		return 0, "", nil, false
	}
	name, _ := fields[keyLevel].(string)
	level = levelOf(name)
	for _, key := range []string{keyTime, keyLevel, keyMessage} {
		delete(fields, key)
	}
	for key, value := range fields {
		attrs = append(attrs, slog.Any(key, value))
	}
	return level, text, attrs, true
}

func levelOf(name string) slog.Level {
	var level slog.Level
	switch {
	case name == "trace":
		return slog.LevelDebug
	case level.UnmarshalText([]byte(name)) != nil:
		return slog.LevelInfo
	}
	return level
}

// library gives what go-plugin itself says to the node's log, one level lower than it means it: what matters of it
// comes back as an error too.
type library struct{ log *slog.Logger }

var _ hclog.SinkAdapter = library{}

// Accept implements hclog.SinkAdapter.
func (l library) Accept(_ string, _ hclog.Level, text string, args ...any) {
	l.log.Debug(text, args...)
}

func libraryLog(log *slog.Logger) hclog.Logger {
	intercept := hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Debug, Output: io.Discard})
	intercept.RegisterSink(library{log: log})
	return intercept
}
