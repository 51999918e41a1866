package admit

import (
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// RuleStatus is how a rule does on this node. The counts go on when the rule changes.
type RuleStatus struct {
	Name    string   `json:"name"`
	Module  string   `json:"module"`
	Paths   []string `json:"paths"`
	Mode    Mode     `json:"mode"`
	Reads   Reads    `json:"reads"`
	Version int64    `json:"rules_version"` // of the rules in force
	Ready   bool     `json:"ready"`
	Error   string   `json:"error,omitempty"`

	Calls    int64            `json:"calls"`    // writes that it was asked about
	Denied   int64            `json:"denied"`   // that it refused
	Codes    map[string]int64 `json:"codes"`    // that it refused, by what the client was told
	Audited  int64            `json:"audited"`  // that it would have refused, in mode audit
	Failed   int64            `json:"failed"`   // on which it failed itself
	Bypassed int64            `json:"bypassed"` // operations that it was not asked about, because super wrote

	Nanos    int64     `json:"nanos"`     // that the module took, all calls together
	MaxNanos int64     `json:"max_nanos"` // and the slowest of them
	Times    Histogram `json:"times"`     // of the calls, in nanoseconds
	Fuel     uint64    `json:"fuel"`
	MaxFuel  uint64    `json:"max_fuel"`
	Fuels    Histogram `json:"fuels"`

	Instances int    `json:"instances"` // of the module that are in memory
	Memory    uint64 `json:"memory"`    // bytes that these have

	Quarantined int64       `json:"quarantined,omitempty"` // until then, milliseconds since the Unix epoch
	LastFault   string      `json:"last_fault,omitempty"`  // why the module itself failed last
	LastDenial  *sdk.Denial `json:"last_denial,omitempty"` // that it refused, would have refused, or was not asked about
}

// sized is a validator that tells how much of it is in memory.
type sized interface {
	Instances() (count int, bytes uint64)
}

// Rules lists the rules in force and how they do here, in the order they run.
func (d *Door) Rules() []RuleStatus {
	list := []RuleStatus{}
	set := d.rules.Load()
	for _, r := range set.rules {
		status := r.status(time.Now())
		status.Version = set.version
		list = append(list, status)
	}
	return list
}

func (r *active) status(now time.Time) RuleStatus {
	c := &r.counts
	status := RuleStatus{
		Name: r.Name, Module: r.Module, Paths: r.Paths, Mode: r.Mode, Reads: r.Reads,
		Calls: c.calls.Load(), Audited: c.audited.Load(), Failed: c.failed.Load(), Bypassed: c.bypassed.Load(),
		Nanos: c.nanos.Load(), MaxNanos: c.slowest.Load(), Times: c.times.tell(),
		Fuel: uint64(c.fuel.Load()), MaxFuel: uint64(c.thirst.Load()), Fuels: c.fuels.tell(),
		LastDenial: c.last.Load(),
	}
	badArguments, noAuth := c.badArguments.Load(), c.noAuth.Load()
	status.Denied = badArguments + noAuth
	status.Codes = map[string]int64{sdk.CodeBadArguments.Error(): badArguments, sdk.CodeNoAuth.Error(): noAuth}
	r.tellModule(&status)
	until, last := r.breaker.tell(now)
	if status.LastFault = last; !until.IsZero() {
		status.Quarantined = until.UnixMilli()
	}
	return status
}

// tellModule says how the module is, if it is there.
func (r *active) tellModule(status *RuleStatus) {
	if !r.done() {
		return
	}
	if status.Ready = r.err == nil; !status.Ready {
		status.Error = r.err.Error()
		return
	}
	if v, ok := r.validator.(sized); ok {
		status.Instances, status.Memory = v.Instances()
	}
}
