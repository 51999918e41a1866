package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// run is one measurement under way.
type run struct {
	config  *Config
	field   *field
	workers []*worker
	over    atomic.Bool
	left    atomic.Int64 // operations, when they are counted
}

// ErrLost is the outcome of a run that ended before its time because none of its sessions was left.
var ErrLost = errors.New("all sessions were lost")

// Run measures. It ends when the time is over, the operations are done or ctx ends, and what was measured until then is
// the report in each case; so it is when some sessions broke, which count among the errors. The error says that nothing
// could be measured, that all sessions broke, which is ErrLost, or that what the run has made could not be removed; with
// the last two the report is there beside it.
func Run(ctx context.Context, config Config) (*Report, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	field, err := lay(ctx, &config)
	if field == nil {
		return nil, err
	}
	var report *Report
	if err == nil {
		report, err = newRun(&config, field).measure(ctx)
	}
	return report, errors.Join(err, field.clear())
}

func newRun(config *Config, field *field) *run {
	r := &run{config: config, field: field}
	r.left.Store(config.Count)
	for i := range config.Sessions {
		r.workers = append(r.workers, &worker{run: r, number: i, server: config.Servers[i%len(config.Servers)]})
	}
	return r
}

// more reports whether one more operation is to be done, and counts it.
func (r *run) more() bool {
	if r.over.Load() {
		return false
	}
	return r.config.Count == 0 || r.left.Add(-1) >= 0
}

func (r *run) measure(ctx context.Context) (*Report, error) {
	defer r.hangUp()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.config.Duration)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { r.over.Store(true) })
	defer stop()
	start := time.Now()
	r.load(ctx)
	took := time.Since(start)
	return r.report(took), r.lost(ctx, took)
}

// lost is nil unless the run ended before its time because every session broke.
func (r *run) lost(ctx context.Context, took time.Duration) error {
	alive := slices.ContainsFunc(r.workers, func(w *worker) bool { return !w.lost })
	if alive || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("ended early, after %s of %s: %w", took.Round(time.Millisecond), r.config.Duration, ErrLost)
}

// open opens the sessions before the clock runs. The error is that of the first that cannot be.
func (r *run) open(ctx context.Context) error {
	if r.config.Load == "connect" {
		return nil
	}
	for _, w := range r.workers {
		var err error
		if w.line, err = dial(ctx, w.server); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) hangUp() {
	for _, w := range r.workers {
		if w.line != nil {
			w.line.close()
		}
	}
}

// load has every worker do its part, and returns when all have.
func (r *run) load(ctx context.Context) {
	if r.config.Load == "watch" {
		r.fanOut(ctx)
		return
	}
	var all sync.WaitGroup
	for _, w := range r.workers {
		all.Go(func() {
			var err error
			if r.config.Load == "connect" {
				err = w.connects(ctx)
			} else {
				err = w.pump()
			}
			if err != nil {
				w.lose(err)
			}
		})
	}
	all.Wait()
}
