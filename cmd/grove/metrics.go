package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
)

// Metrics that mean what Apache ZooKeeper's mean have its names, so that dashboards go on; the others begin with grove_.

func processMetrics() []prometheus.Collector {
	return []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
}

// connectionMetrics are those the ZooKeeper frontends count themselves.
func connectionMetrics(registry prometheus.Registerer) zookeeper.Metrics {
	connections := prometheus.NewGauge(prometheus.GaugeOpts{Name: "num_alive_connections", Help: "Open client connections."})
	received := prometheus.NewCounter(prometheus.CounterOpts{Name: "packets_received", Help: "Requests received."})
	sent := prometheus.NewCounter(prometheus.CounterOpts{Name: "packets_sent", Help: "Replies and events sent."})
	refused := prometheus.NewCounter(prometheus.CounterOpts{Name: "connection_rejected", Help: "Connections over a limit."})
	malformed := prometheus.NewCounter(prometheus.CounterOpts{Name: "grove_connections_malformed_total", Help: "Connections closed for what nobody can read."})
	slow := prometheus.NewCounter(prometheus.CounterOpts{Name: "grove_connections_slow_total", Help: "Connections closed because the client did not read."})
	latency := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "grove_request_seconds", Help: "From the arrival of a request to its reply, sampled.",
		Buckets: prometheus.ExponentialBuckets(50e-6, 2, 16),
	})
	registry.MustRegister(connections, received, sent, refused, malformed, slow, latency)
	return zookeeper.Metrics{
		Connections: connections, Received: received, Sent: sent,
		Refused: refused, Malformed: malformed, Slow: slow, Latency: latency,
	}
}

// nodeMetrics asks the node when it is asked.
type nodeMetrics struct{ node *core.Node }

// metric is one number that the node tells.
type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(sdk.Status, core.Counts) float64
}

func gauge(name, help string, value func(sdk.Status, core.Counts) float64) metric {
	return metric{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value}
}

func counter(name, help string, value func(sdk.Status, core.Counts) float64) metric {
	return metric{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value}
}

var nodeNumbers = []metric{
	gauge("znode_count", "Nodes in the tree.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Nodes) }),
	gauge("watch_count", "Watches on this server.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Watches) }),
	gauge("global_sessions", "Sessions in the cluster.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Sessions) }),
	gauge("grove_sessions_served", "Sessions served by this server.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Served) }),
	gauge("grove_zxid", "Last transaction applied.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Zxid) }),
	gauge("grove_feed_floor", "The feed begins after this transaction.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Floor) }),
	gauge("grove_term", "Raft's term.", func(s sdk.Status, _ core.Counts) float64 { return float64(s.Term) }),
	gauge("grove_leading", "1 on the leader.", func(s sdk.Status, _ core.Counts) float64 { return truth(s.Role == sdk.RoleLeader) }),
	gauge("grove_serving", "1 while clients are served.", func(s sdk.Status, _ core.Counts) float64 { return truth(s.Serving) }),
	counter("grove_writes_total", "Writes applied.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Writes) }),
	counter("grove_reads_total", "Reads answered.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Reads) }),
	counter("grove_events_total", "Watch events given to sessions.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Events) }),
	counter("stale_sessions_expired", "Sessions whose time-out passed.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Expired) }),
	counter("grove_swept_total", "Containers and TTL nodes whose time had come.", func(_ sdk.Status, c core.Counts) float64 { return float64(c.Swept) }),
	counter("grove_soft_quota_passed_total", "Writes beyond a quota that is not enforced.", func(_ sdk.Status, c core.Counts) float64 {
		return float64(c.SoftQuotas)
	}),
	gauge("grove_learners", "Members that follow this server, while it leads.", func(s sdk.Status, _ core.Counts) float64 { return float64(len(s.Learners)) }),
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector.
func (m nodeMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, n := range nodeNumbers {
		out <- n.desc
	}
	describeRules(out)
}

// Collect implements prometheus.Collector.
func (m nodeMetrics) Collect(out chan<- prometheus.Metric) {
	status, _ := m.node.Status(context.Background()) // a node's own status never fails
	counts := m.node.Counts()
	for _, n := range nodeNumbers {
		out <- prometheus.MustNewConstMetric(n.desc, n.kind, n.value(status, counts))
	}
	collectRules(m.node.Rules(), out)
}
