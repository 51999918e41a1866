package replica

import (
	"context"
	"io"
	stdlog "log"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

var _ hclog.Logger = (*bridge)(nil)

// quiet is how long a warning of raft is not repeated: it warns of an absent peer several times a second.
const quiet = 10 * time.Second

// demoted are warnings about nothing: a beacon can come before the entry it speaks of, and every start of a node alone
// begins with an election. What comes of an election is told anyway.
var demoted = map[string]bool{
	"failed to get previous log":                   true,
	"heartbeat timeout reached, starting election": true,

	"no known peers, aborting election":                   true,
	"not part of stable configuration, aborting election": true, // see wonder
	"heartbeat timeout reached, not part of a stable configuration or a non-voter, not triggering a leader election": true,
}

// bridge is the logger that raft and raft-wal get. Their information is our debug: what people need to know of it,
// this package says itself.
type bridge struct {
	to   *slog.Logger
	name string
	args []any
	said *said
}

// said remembers warnings. It is shared by a bridge and those made of it.
type said struct {
	mu   sync.Mutex // guards what follows
	last map[string]time.Time
	mute bool // closing: what breaks now is meant to
}

func newBridge(to *slog.Logger) *bridge {
	return &bridge{to: to, said: &said{last: make(map[string]time.Time)}}
}

// mute ends warnings.
func (b *bridge) mute() {
	b.said.mu.Lock()
	defer b.said.mu.Unlock()
	b.said.mute = true
}

// news reports whether the warning deserves to be shown now.
func (s *said) news(msg string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[msg]; s.mute || demoted[msg] || ok && now.Sub(last) < quiet {
		return false
	}
	s.last[msg] = now
	return true
}

// Log implements hclog.Logger.
func (b *bridge) Log(level hclog.Level, msg string, args ...any) {
	to := slog.LevelDebug
	if level >= hclog.Warn && level != hclog.Off && b.said.news(msg, time.Now()) {
		to = slog.LevelWarn
	}
	ctx := context.Background()
	if !b.to.Enabled(ctx, to) {
		return
	}
	if b.name != "" {
		msg = b.name + ": " + msg
	}
	b.to.Log(ctx, to, msg, append(b.args[:len(b.args):len(b.args)], args...)...)
}

// The levels.

func (b *bridge) Trace(msg string, args ...any) { b.Log(hclog.Trace, msg, args...) }
func (b *bridge) Debug(msg string, args ...any) { b.Log(hclog.Debug, msg, args...) }
func (b *bridge) Info(msg string, args ...any)  { b.Log(hclog.Info, msg, args...) }
func (b *bridge) Warn(msg string, args ...any)  { b.Log(hclog.Warn, msg, args...) }
func (b *bridge) Error(msg string, args ...any) { b.Log(hclog.Error, msg, args...) }

func (b *bridge) IsTrace() bool { return false }
func (b *bridge) IsDebug() bool { return b.to.Enabled(context.Background(), slog.LevelDebug) }
func (b *bridge) IsInfo() bool  { return b.IsDebug() }
func (b *bridge) IsWarn() bool  { return b.to.Enabled(context.Background(), slog.LevelWarn) }
func (b *bridge) IsError() bool { return b.IsWarn() }

func (b *bridge) SetLevel(hclog.Level) {}
func (b *bridge) GetLevel() hclog.Level {
	if b.IsDebug() {
		return hclog.Debug
	}
	return hclog.Warn
}

// Loggers made of this one.

func (b *bridge) ImpliedArgs() []any { return b.args }
func (b *bridge) Name() string       { return b.name }

func (b *bridge) With(args ...any) hclog.Logger {
	made := *b
	made.args = append(b.args[:len(b.args):len(b.args)], args...)
	return &made
}

func (b *bridge) Named(name string) hclog.Logger {
	if b.name != "" {
		name = b.name + "." + name
	}
	return b.ResetNamed(name)
}

func (b *bridge) ResetNamed(name string) hclog.Logger {
	made := *b
	made.name = name
	return &made
}

func (b *bridge) StandardLogger(*hclog.StandardLoggerOptions) *stdlog.Logger {
	return slog.NewLogLogger(b.to.Handler(), slog.LevelDebug)
}

func (b *bridge) StandardWriter(opts *hclog.StandardLoggerOptions) io.Writer {
	return b.StandardLogger(opts).Writer()
}
