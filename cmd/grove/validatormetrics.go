package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/core/admit"
)

// ruleNumber is one number that a rule tells.
type ruleNumber struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*admit.RuleStatus) float64
}

func ruleCounter(name, help string, value func(*admit.RuleStatus) int64) ruleNumber {
	return ruleNumber{ruleDesc(name, help), prometheus.CounterValue, func(r *admit.RuleStatus) float64 { return float64(value(r)) }}
}

func ruleGauge(name, help string, value func(*admit.RuleStatus) float64) ruleNumber {
	return ruleNumber{ruleDesc(name, help), prometheus.GaugeValue, value}
}

func ruleDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"validator"}, labels...), nil)
}

var ruleNumbers = []ruleNumber{
	ruleCounter("grove_validator_calls_total", "Writes a validator was asked about.", func(r *admit.RuleStatus) int64 { return r.Calls }),
	ruleCounter("grove_validator_audited_total", "Writes it would have refused, in mode audit.", func(r *admit.RuleStatus) int64 { return r.Audited }),
	ruleCounter("grove_validator_failed_total", "Writes on which it failed itself.", func(r *admit.RuleStatus) int64 { return r.Failed }),
	ruleCounter("grove_validator_bypassed_total", "Operations it was not asked about, because super wrote.",
		func(r *admit.RuleStatus) int64 { return r.Bypassed }),
	ruleGauge("grove_validator_ready", "1 when its module is loaded.", func(r *admit.RuleStatus) float64 { return truth(r.Ready) }),
	ruleGauge("grove_validator_quarantined", "1 while its module does not run because it failed too often.",
		func(r *admit.RuleStatus) float64 { return truth(r.Quarantined > 0) }),
	ruleGauge("grove_validator_instances", "Instances of its module in memory.", func(r *admit.RuleStatus) float64 { return float64(r.Instances) }),
	ruleGauge("grove_validator_memory_bytes", "Memory of these.", func(r *admit.RuleStatus) float64 { return float64(r.Memory) }),
	ruleGauge("grove_validator_rules_version", "Version of the rules in force here.", func(r *admit.RuleStatus) float64 { return float64(r.Version) }),
	ruleGauge("grove_validator_slowest_seconds", "The slowest call of its module.", func(r *admit.RuleStatus) float64 { return float64(r.MaxNanos) / 1e9 }),
	ruleGauge("grove_validator_most_fuel", "The most that a call has used.", func(r *admit.RuleStatus) float64 { return float64(r.MaxFuel) }),
	ruleGauge("grove_validator_last_denial_seconds", "When it refused last, in seconds since the Unix epoch.", func(r *admit.RuleStatus) float64 {
		if r.LastDenial == nil {
			return 0
		}
		return float64(r.LastDenial.Time) / 1e3
	}),
}

var (
	ruleDenied = ruleDesc("grove_validator_denied_total", "Writes it refused, by what the client was told.", "code")
	ruleTimes  = ruleDesc("grove_validator_call_seconds", "How long its calls took.")
	ruleFuels  = ruleDesc("grove_validator_call_fuel", "What its calls used.")
)

func describeRules(out chan<- *prometheus.Desc) {
	for _, n := range ruleNumbers {
		out <- n.desc
	}
	out <- ruleDenied
	out <- ruleTimes
	out <- ruleFuels
}

func collectRules(rules []admit.RuleStatus, out chan<- prometheus.Metric) {
	for i := range rules {
		r := &rules[i]
		for _, n := range ruleNumbers {
			out <- prometheus.MustNewConstMetric(n.desc, n.kind, n.value(r), r.Name)
		}
		for code, count := range r.Codes {
			out <- prometheus.MustNewConstMetric(ruleDenied, prometheus.CounterValue, float64(count), r.Name, code)
		}
		out <- constHistogram(ruleTimes, r.Times, float64(r.Nanos), 1e9, r.Name)
		out <- constHistogram(ruleFuels, r.Fuels, float64(r.Fuel), 1, r.Name)
	}
}

// constHistogram is a histogram as it stands, in units of which one is so many of its own.
func constHistogram(desc *prometheus.Desc, h admit.Histogram, sum, unit float64, name string) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.Bounds))
	total := uint64(0)
	for i, count := range h.Counts {
		if total += uint64(count); i < len(h.Bounds) {
			buckets[float64(h.Bounds[i])/unit] = total
		}
	}
	return prometheus.MustNewConstHistogram(desc, total, sum/unit, buckets, name)
}
