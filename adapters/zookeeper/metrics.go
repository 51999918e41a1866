package zookeeper

// Meter is a number that goes up, or up and down. The gauges and counters of a Prometheus client are Meters. Add may
// be called by many goroutines at once.
type Meter interface {
	Add(delta float64)
}

// Metrics are what a Server counts; a nil Meter is not counted. Packets are requests, replies and events, the
// handshake left out.
type Metrics struct {
	Connections Meter // open now
	Received    Meter // packets, ever
	Sent        Meter // packets, ever
}

// withDefaults fills in what nobody reads.
func (m Metrics) withDefaults() Metrics {
	for _, meter := range []*Meter{&m.Connections, &m.Received, &m.Sent} {
		if *meter == nil {
			*meter = unread{}
		}
	}
	return m
}

type unread struct{}

func (unread) Add(float64) {}
