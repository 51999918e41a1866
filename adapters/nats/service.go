package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/grove-coordination/grove/sdk"
)

// What the adapter is called among the services of NATS: $SRV.PING, $SRV.INFO and $SRV.STATS find it by name.
const (
	serviceName    = "grove"
	serviceVersion = "1.0.0" // of what requests and replies are
)

const requestTimeout = 5 * time.Second // for the tree to answer

// checkService keeps requests out of the stream, where they would be strays.
func (s Settings) checkService() error {
	switch {
	case s.Service == "" && s.Requests:
		return fmt.Errorf("requests: need a service")
	case s.Service == "":
		return nil
	case s.Service == s.Subject || strings.HasPrefix(s.Service, s.Subject+"."):
		return fmt.Errorf("service: %q lies among the subjects of the changes", s.Service)
	}
	if err := checkPrefix(s.Service); err != nil {
		return fmt.Errorf("service: %w", err)
	}
	return nil
}

// offer answers on NATS: how the adapter is doing, and, when that is asked for, requests for the tree. It works while the
// connection does, comes back with it, and ends with stop.
func (f *Frontend) offer(ctx context.Context, host sdk.Host, conn *nats.Conn) (stop func(), err error) {
	if f.settings.Service == "" {
		return func() {}, nil
	}
	measure := func() Metrics {
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		return f.metrics(ctx, host)
	}
	service, err := micro.AddService(conn, micro.Config{
		Name: serviceName, Version: serviceVersion, Description: "changes of the Grove tree on NATS",
		Metadata: map[string]string{"cluster": f.settings.Cluster, "subject": f.settings.Subject, "stream": f.settings.Stream},
		StatsHandler: func(e *micro.Endpoint) any {
			if e.Name == "status" {
				return measure()
			}
			return nil
		},
		ErrorHandler: func(_ micro.Service, e *micro.NATSError) {
			f.log.Warn("service", "subject", e.Subject, "error", e.Description)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	answer := func(r micro.Request) { respond(r, measure()) }
	endpoints := map[string]micro.HandlerFunc{"status": answer}
	reader := &requests{ctx: ctx, host: host}
	if f.settings.Requests {
		endpoints["get"], endpoints["list"], endpoints["set"] = reader.get, reader.list, reader.set
	}
	for name, handler := range endpoints {
		if err = service.AddEndpoint(name, handler, micro.WithEndpointSubject(f.settings.Service+"."+name)); err != nil {
			break
		}
	}
	stop = func() { _ = service.Stop(); reader.close() }
	if err != nil {
		stop()
		return nil, fmt.Errorf("service: %w", err)
	}
	return stop, nil
}

// respond sends a reply as JSON, or says that there is one which NATS does not take. Who does not listen any more does not
// get it.
func respond(r micro.Request, reply any) {
	body, err := json.Marshal(reply)
	if err != nil {
		panic(fmt.Sprintf("nats: numbers and text are no JSON: %v", err))
	}
	if err := r.Respond(body); err != nil {
		refuse(r, sdk.CodeSystemError, fmt.Sprintf("reply of %d bytes: %v", len(body), err))
	}
}
