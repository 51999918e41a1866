package coretest

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
)

var _ slog.Handler = ear{}

// heard is what the nodes of a cluster have logged.
type heard struct {
	mu    sync.Mutex // guards all below
	said  map[string]int
	terms Terms // who was elected
	broke error
}

// ear hears what one of them logs.
type ear struct {
	*heard
	node string
}

// Said is how often nodes have logged a message, or one that ends with it.
func (c *Cluster) Said(what string) (times int) {
	c.heard.mu.Lock()
	defer c.heard.mu.Unlock()
	for message, count := range c.heard.said {
		if strings.HasSuffix(message, what) {
			times += count
		}
	}
	return times
}

// Elections says what was wrong with them: two won in one term, or there were none.
func (c *Cluster) Elections() error {
	c.heard.mu.Lock()
	defer c.heard.mu.Unlock()
	if len(c.heard.terms) == 0 {
		return errors.New("nobody was elected, or nobody said so")
	}
	return c.heard.broke
}

// Handle implements slog.Handler.
func (e ear) Handle(_ context.Context, r slog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.said[r.Message]++
	if strings.HasSuffix(r.Message, "election won") { // says raft, before it does anything as a leader
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "term" {
				e.broke = errors.Join(e.broke, e.terms.Note(a.Value.Uint64(), e.node))
			}
			return true
		})
	}
	return nil
}

// Enabled implements slog.Handler.
func (ear) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (e ear) WithAttrs([]slog.Attr) slog.Handler { return e }

// WithGroup implements slog.Handler.
func (e ear) WithGroup(string) slog.Handler { return e }
