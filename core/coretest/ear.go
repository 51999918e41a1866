package coretest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
)

var _ slog.Handler = (*ear)(nil)

// ear hears what nodes log, and remembers how often they said what.
type ear struct {
	mu    sync.Mutex // guards heard
	heard map[string]int
}

// Said is how often nodes have logged a message, or one that ends with it.
func (c *Cluster) Said(what string) (times int) {
	c.ear.mu.Lock()
	defer c.ear.mu.Unlock()
	for message, count := range c.ear.heard {
		if strings.HasSuffix(message, what) {
			times += count
		}
	}
	return times
}

// Handle implements slog.Handler.
func (e *ear) Handle(_ context.Context, r slog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard[r.Message]++
	return nil
}

// Enabled implements slog.Handler.
func (*ear) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (e *ear) WithAttrs([]slog.Attr) slog.Handler { return e }

// WithGroup implements slog.Handler.
func (e *ear) WithGroup(string) slog.Handler { return e }
