package admin

import (
	"cmp"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/sdk"
)

// DefaultListen is where a Server listens unless Config says otherwise.
const DefaultListen = "127.0.0.1:9180"

// The limits on clients that are slow or send too much, and on how long an answer under way may hold up the end.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = time.Minute
	headerLimit   = 16 << 10
	endTimeout    = 2 * time.Second
)

// Config is how a Server serves and where it asks. The zero value is good: a page whose function is nil is empty. The
// functions may be called by many goroutines at once.
type Config struct {
	Listen   string       // host:port, DefaultListen
	Listener net.Listener // instead of Listen, already listening; Serve closes it

	Metrics    prometheus.Gatherer // /metrics
	Frontends  func() any          // a list, shown as JSON in /status
	Validators func() any          // a list, shown as JSON in /validators
	Denials    func() []sdk.Denial // /validators/denials, the newest last

	Super func(user, password string) bool // who may see /feed; nil: nobody

	Logger *slog.Logger // slog.Default
}

func (c Config) withDefaults() Config {
	c.Listen = cmp.Or(c.Listen, DefaultListen)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Frontends == nil {
		c.Frontends = nothing
	}
	if c.Validators == nil {
		c.Validators = nothing
	}
	if c.Super == nil {
		c.Super = func(string, string) bool { return false }
	}
	if c.Denials == nil {
		c.Denials = func() []sdk.Denial { return nil }
	}
	return c
}

func nothing() any { return []any{} }
