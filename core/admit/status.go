package admit

import (
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// counters of one rule on this node.
type counters struct {
	calls, denied, audited, failed atomic.Int64
	nanos, slowest                 atomic.Int64 // of calls of the module, together and of the slowest
}

// took counts the time of a call.
func (c *counters) took(d time.Duration) {
	c.nanos.Add(int64(d))
	raise(&c.slowest, int64(d))
}

// raise makes a maximum at least so large.
func raise(most *atomic.Int64, value int64) {
	for old := most.Load(); value > old && !most.CompareAndSwap(old, value); old = most.Load() {
	}
}

func (c *counters) add(o *counters) {
	c.calls.Add(o.calls.Load())
	c.denied.Add(o.denied.Load())
	c.audited.Add(o.audited.Load())
	c.failed.Add(o.failed.Load())
	c.nanos.Add(o.nanos.Load())
	raise(&c.slowest, o.slowest.Load())
}

// RuleStatus is how a rule does on this node. The counts go on when the rule changes, the fuel begins anew with its
// module.
type RuleStatus struct {
	Name    string   `json:"name"`
	Module  string   `json:"module"`
	Paths   []string `json:"paths"`
	Mode    Mode     `json:"mode"`
	Reads   Reads    `json:"reads"`
	Ready   bool     `json:"ready"`
	Error   string   `json:"error,omitempty"`
	Calls   int64    `json:"calls"`
	Denied  int64    `json:"denied"`
	Audited int64    `json:"audited"`
	Failed  int64    `json:"failed"`

	Nanos    int64  `json:"nanos"`     // that the module took, all calls together
	MaxNanos int64  `json:"max_nanos"` // and the slowest of them
	Fuel     uint64 `json:"fuel"`      // likewise
	MaxFuel  uint64 `json:"max_fuel"`

	Quarantined int64  `json:"quarantined,omitempty"` // until then, milliseconds since the Unix epoch
	LastFault   string `json:"last_fault,omitempty"`  // why the module itself failed last
}

// Rules lists the rules in force and how they do here, in the order they run.
func (d *Door) Rules() []RuleStatus {
	list := []RuleStatus{}
	for _, r := range d.rules.Load().rules {
		list = append(list, r.status(time.Now()))
	}
	return list
}

func (r *active) status(now time.Time) RuleStatus {
	status := RuleStatus{
		Name: r.Name, Module: r.Module, Paths: r.Paths, Mode: r.Mode, Reads: r.Reads,
		Calls: r.counts.calls.Load(), Denied: r.counts.denied.Load(),
		Audited: r.counts.audited.Load(), Failed: r.counts.failed.Load(),
		Nanos: r.counts.nanos.Load(), MaxNanos: r.counts.slowest.Load(),
	}
	select {
	case <-r.ready:
		if status.Ready = r.err == nil; r.err != nil {
			status.Error = r.err.Error()
		}
		if meter, ok := r.validator.(sdk.Meter); ok {
			status.Fuel, status.MaxFuel = meter.Fuel()
		}
	default:
	}
	until, last := r.breaker.tell(now)
	if status.LastFault = last; !until.IsZero() {
		status.Quarantined = until.UnixMilli()
	}
	return status
}
