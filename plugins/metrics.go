package plugins

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/grove-coordination/grove/sdk/plugin"
)

var states = []string{Starting, Running, Waiting, CrashLoop, Stopped}

var (
	upMetric       = desc("grove_plugin_up", "1 while the plugin serves, else 0.")
	stateMetric    = desc("grove_plugin_state", "1 for the state that the plugin is in.", "state")
	restartsMetric = desc("grove_plugin_restarts_total", "How often the plugin was started again.")
)

// usageMetrics are what a plugin process does.
var usageMetrics = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*plugin.Usage) float64
}{
	{desc("grove_plugin_sessions", "Sessions of the plugin's clients."), prometheus.GaugeValue,
		func(u *plugin.Usage) float64 { return float64(u.Sessions) }},
	{desc("grove_plugin_feeds", "Feeds that the plugin follows."), prometheus.GaugeValue,
		func(u *plugin.Usage) float64 { return float64(u.Feeds) }},
	{desc("grove_plugin_snapshots", "Snapshots that the plugin takes."), prometheus.GaugeValue,
		func(u *plugin.Usage) float64 { return float64(u.Snapshots) }},
	{desc("grove_plugin_feed_lag_seconds", "Age of the oldest transaction that was sent to the plugin and not used yet."), prometheus.GaugeValue,
		func(u *plugin.Usage) float64 { return u.Lag.Seconds() }},
	{desc("grove_plugin_operations_total", "Operations submitted by the plugin."), prometheus.CounterValue,
		func(u *plugin.Usage) float64 { return float64(u.Operations) }},
	{desc("grove_plugin_messages_total", "Replies and events sent to the plugin."), prometheus.CounterValue,
		func(u *plugin.Usage) float64 { return float64(u.Messages) }},
	{desc("grove_plugin_transactions_total", "Transactions of feeds sent to the plugin."), prometheus.CounterValue,
		func(u *plugin.Usage) float64 { return float64(u.Transactions) }},
	{desc("grove_plugin_received_bytes_total", "Bytes of frames received from the plugin."), prometheus.CounterValue,
		func(u *plugin.Usage) float64 { return float64(u.Received) }},
	{desc("grove_plugin_sent_bytes_total", "Bytes of frames sent to the plugin."), prometheus.CounterValue,
		func(u *plugin.Usage) float64 { return float64(u.Sent) }},
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"plugin"}, labels...), nil)
}

var _ prometheus.Collector = (*Supervisor)(nil)

// Describe implements prometheus.Collector.
func (s *Supervisor) Describe(out chan<- *prometheus.Desc) {
	out <- upMetric
	out <- stateMetric
	out <- restartsMetric
	for _, m := range usageMetrics {
		out <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (s *Supervisor) Collect(out chan<- prometheus.Metric) {
	for _, state := range s.Status() {
		state.collect(out)
	}
}

func (s *State) collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, yes bool, labels ...string) {
		value := 0.0
		if yes {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{s.Name}, labels...)...)
	}
	gauge(upMetric, s.State == Running)
	for _, state := range states {
		gauge(stateMetric, s.State == state, state)
	}
	out <- prometheus.MustNewConstMetric(restartsMetric, prometheus.CounterValue, float64(s.Restarts), s.Name)
	if s.Usage == nil {
		return
	}
	for _, m := range usageMetrics {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s.Usage), s.Name)
	}
}
