package plugins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/sdk"
)

// Supervisor runs the plugins of a node. It is run once.
type Supervisor struct {
	log *slog.Logger // of the plugins, which say themselves what room they speak from

	mu      sync.Mutex // guards what follows
	plugins []*supervised
}

// New returns a supervisor that has nothing to do yet. Its metrics are registered with metrics, unless that is nil;
// a registry takes those of one supervisor.
func New(log *slog.Logger, metrics prometheus.Registerer) *Supervisor {
	s := &Supervisor{log: log}
	if metrics != nil {
		metrics.MustRegister(s)
	}
	return s
}

// Run starts the plugins and keeps them running until ctx ends; when it returns none of them is left. It returns an
// error, and starts nothing, when a spec is at fault.
func (s *Supervisor) Run(ctx context.Context, host sdk.Host, specs []Spec) error {
	plugins, err := s.prepare(specs)
	if err != nil {
		return err
	}
	s.run(ctx, host, plugins)
	return nil
}

// prepare checks all specs before anything is started.
func (s *Supervisor) prepare(specs []Spec) ([]*supervised, error) {
	var plugins []*supervised
	for _, spec := range specs {
		frontend, err := spec.frontend(s.log)
		switch {
		case spec.Name == "":
			err = errors.New("name: must be set")
		case slices.ContainsFunc(plugins, func(p *supervised) bool { return p.name == spec.Name }):
			err = errors.New("name: is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("frontend %q: %w", spec.Name, err)
		}
		plugins = append(plugins, &supervised{name: spec.Name, grant: spec.Grant, frontend: frontend, log: s.log.With("room", "plugins")})
	}
	return plugins, nil
}

func (s *Supervisor) run(ctx context.Context, host sdk.Host, plugins []*supervised) {
	s.mu.Lock()
	s.plugins = plugins
	s.mu.Unlock()
	var running sync.WaitGroup
	for _, p := range plugins {
		running.Go(func() { p.keep(ctx, Limit(host, p.grant)) })
	}
	running.Wait()
}

// supervised is one plugin under supervision.
type supervised struct {
	name     string
	grant    Grant
	frontend sdk.Frontend
	log      *slog.Logger

	mu       sync.Mutex // guards what follows
	running  bool       // Serve has been called and has not returned
	stopped  bool
	restarts int
	ends     recent
	last     error
}

// keep serves the plugin again and again until ctx ends.
func (p *supervised) keep(ctx context.Context, host sdk.Host) {
	defer p.stop()
	var pause backoff
	for {
		began := p.start()
		err := p.frontend.Serve(ctx, host)
		if ctx.Err() != nil {
			return
		}
		wait := pause.next(time.Since(began))
		p.ended(err)
		p.log.Warn("plugin ended", "plugin", p.name, "error", err, "restart_in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

func (p *supervised) start() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ends) > 0 {
		p.restarts++
	}
	p.running = true
	return time.Now()
}

func (p *supervised) ended(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		err = errors.New("ended by itself")
	}
	p.running, p.last = false, err
	p.ends.add(time.Now())
}

func (p *supervised) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.stopped = false, true
}
