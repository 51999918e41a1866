package zookeeper

// Meter is a number that goes up, or up and down. The gauges and counters of a Prometheus client are Meters. Add may
// be called by many goroutines at once.
type Meter interface {
	Add(delta float64)
}

// Observer takes single values. The histograms and summaries of a Prometheus client are Observers. Observe may be
// called by many goroutines at once.
type Observer interface {
	Observe(value float64)
}

// Metrics are what a Server counts; what is nil is not counted. Packets are requests, replies and events, the
// handshake left out.
type Metrics struct {
	Connections Meter    // open now
	Received    Meter    // packets, ever
	Sent        Meter    // packets, ever
	Refused     Meter    // connections over a limit, ever
	Malformed   Meter    // connections closed for what nobody can read, ever
	Slow        Meter    // connections closed because the client did not read, ever
	Latency     Observer // seconds from the arrival of a request to its reply: a sample, one of each batch of replies
}

// withDefaults fills in what nobody reads.
func (m Metrics) withDefaults() Metrics {
	for _, meter := range []*Meter{&m.Connections, &m.Received, &m.Sent, &m.Refused, &m.Malformed, &m.Slow} {
		if *meter == nil {
			*meter = unread{}
		}
	}
	if m.Latency == nil {
		m.Latency = unread{}
	}
	return m
}

type unread struct{}

func (unread) Add(float64)     {}
func (unread) Observe(float64) {}
