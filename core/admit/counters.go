package admit

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// counters of one rule on this node.
type counters struct {
	calls, audited, failed, bypassed atomic.Int64
	badArguments, noAuth             atomic.Int64 // denied with these codes

	nanos, slowest atomic.Int64 // of calls of the module, together and of the slowest
	fuel, thirst   atomic.Int64 // likewise
	times, fuels   histogram

	last atomic.Pointer[sdk.Denial]
}

// metered is a validator that tells what a call has used.
type metered interface {
	Measure(ctx context.Context, write sdk.Write) (fuel uint64, err error)
}

// measure asks the validator and counts what that takes.
func (c *counters) measure(ctx context.Context, v sdk.Validator, write sdk.Write) error {
	began := time.Now()
	defer func() { c.took(time.Since(began)) }()
	m, ok := v.(metered)
	if !ok {
		return v.Validate(ctx, write)
	}
	fuel, err := m.Measure(ctx, write)
	c.burned(int64(fuel))
	return err
}

func (c *counters) took(d time.Duration) {
	c.nanos.Add(int64(d))
	raise(&c.slowest, int64(d))
	c.times.count(int64(d))
}

func (c *counters) burned(fuel int64) {
	c.fuel.Add(fuel)
	raise(&c.thirst, fuel)
	c.fuels.count(fuel)
}

// denied counts a refusal.
func (c *counters) denied(code sdk.Code) {
	if code == sdk.CodeNoAuth {
		c.noAuth.Add(1)
		return
	}
	c.badArguments.Add(1)
}

// raise makes a maximum at least so large.
func raise(most *atomic.Int64, value int64) {
	for old := most.Load(); value > old && !most.CompareAndSwap(old, value); old = most.Load() {
	}
}

// add takes over what another has counted.
func (c *counters) add(o *counters) {
	for into, from := range map[*atomic.Int64]*atomic.Int64{
		&c.calls: &o.calls, &c.audited: &o.audited, &c.failed: &o.failed, &c.bypassed: &o.bypassed,
		&c.badArguments: &o.badArguments, &c.noAuth: &o.noAuth, &c.nanos: &o.nanos, &c.fuel: &o.fuel,
	} {
		into.Add(from.Load())
	}
	raise(&c.slowest, o.slowest.Load())
	raise(&c.thirst, o.thirst.Load())
	c.times.add(&o.times)
	c.fuels.add(&o.fuels)
	c.last.Store(o.last.Load())
}
