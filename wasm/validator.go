package wasm

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/grove-coordination/grove/sdk"
)

var (
	_ sdk.Validator = (*Validator)(nil)
	_ io.Closer     = (*Validator)(nil)
)

// Validator judges writes with one module. It is made by [Engine.Load].
type Validator struct {
	name     string
	settings []byte
	limits   limits
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	lines    *lines
	held     held

	// There are as many places as instances allowed. Each is a running call, an idle instance in idle, or an instance
	// not made yet, a token in vacant.
	idle    chan *instance
	vacant  chan struct{}
	closing chan struct{} // closed by Close
	close   func() error  // what Close does, once
}

func newValidator(e *Engine, module *sdk.Module, compiled wazero.CompiledModule, limits limits) *Validator {
	v := &Validator{
		name:     module.Name,
		settings: module.Settings,
		limits:   limits,
		runtime:  e.runtime,
		compiled: compiled,
		lines:    newLines(e.config.Logger, module.Name),
		idle:     make(chan *instance, e.config.Instances),
		vacant:   make(chan struct{}, e.config.Instances),
		closing:  make(chan struct{}),
	}
	for range e.config.Instances {
		v.vacant <- struct{}{}
	}
	v.close = sync.OnceValue(v.shut)
	return v
}

// Name is the name of the rule.
func (v *Validator) Name() string { return v.name }

// Validate judges the write: nil admits it, a *sdk.Rejection refuses it, and a *Fault says that the module failed.
// It waits while all instances are judging, until ctx ends; a call under way is ended by its fuel alone.
func (v *Validator) Validate(ctx context.Context, write sdk.Write) error {
	_, err := v.Measure(ctx, write)
	return err
}

// Measure is Validate that also tells what the call has used.
func (v *Validator) Measure(ctx context.Context, write sdk.Write) (fuel uint64, err error) {
	in, err := v.take(ctx)
	if err != nil {
		return 0, &Fault{Validator: v.name, Err: err}
	}
	rejection, err := in.judge(&write, &v.limits)
	fuel = in.used(v.limits.fuel)
	v.give(in, err != nil)
	switch {
	case err != nil:
		return fuel, &Fault{Validator: v.name, Err: err}
	case rejection != nil:
		return fuel, rejection
	}
	return fuel, nil
}

// take waits for a place. Idle instances go before new ones.
func (v *Validator) take(ctx context.Context) (*instance, error) {
	select {
	case in := <-v.idle:
		return in, nil
	default:
	}
	select {
	case in := <-v.idle:
		return in, nil
	case <-v.vacant:
		in, err := v.open()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
		return in, nil
	case <-v.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for an instance: %w", ctx.Err())
	}
}

// open makes an instance for the place that was taken, and gives the place back when that fails.
func (v *Validator) open() (*instance, error) {
	in, err := newInstance(v)
	if err != nil {
		v.vacant <- struct{}{}
		return nil, err
	}
	v.held.add(in)
	return in, nil
}

// give returns an instance and its place.
func (v *Validator) give(in *instance, failed bool) {
	in.output.flush()
	if failed || in.calls >= maxCalls {
		v.drop(in)
		v.vacant <- struct{}{}
		return
	}
	v.held.grown(in)
	v.idle <- in
}

// drop frees an instance.
func (v *Validator) drop(in *instance) {
	v.held.remove(in)
	in.close()
}

// warm makes the first instance, so that a module that does not start is refused when it is loaded.
func (v *Validator) warm() error {
	<-v.vacant
	in, err := v.open()
	if err == nil {
		v.give(in, false)
	}
	return err
}

// Close waits for calls under way and frees everything. Calls that come later, or wait for an instance, get
// ErrClosed.
func (v *Validator) Close() error { return v.close() }

func (v *Validator) shut() error {
	close(v.closing)
	for range cap(v.idle) {
		select {
		case in := <-v.idle:
			v.drop(in)
		case <-v.vacant:
		}
	}
	if err := v.compiled.Close(context.Background()); err != nil {
		return fmt.Errorf("validator %q: %w", v.name, err)
	}
	return nil
}
