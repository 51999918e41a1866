package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/micro"

	adapter "github.com/grove-coordination/grove/adapters/nats"
)

func TestNatsStatus(t *testing.T) {
	url, conn := natsServer(t, 0)
	status := func(json bool) (string, error) {
		var out bytes.Buffer
		c := &console{out: &out, errs: &out, timeout: time.Second, json: json}
		err := c.natsStatus(t.Context(), url)
		return out.String(), err
	}
	if _, err := status(false); err == nil || !strings.Contains(err.Error(), "no adapter answers at") {
		t.Errorf("without an adapter: %v", err)
	}
	for _, m := range []adapter.Metrics{
		{Node: "n2", Why: "not connected"}, {Node: "n1", Publishes: true, Zxid: 31, LagZxid: 5, LagMillis: 1500, Messages: 7, Strays: 3},
	} {
		service, err := micro.AddService(conn, micro.Config{
			Name: "grove", Version: "1.0.0", StatsHandler: func(*micro.Endpoint) any { return m },
		})
		if err != nil {
			t.Fatal(err)
		}
		err = service.AddEndpoint("status", micro.HandlerFunc(func(micro.Request) {}), micro.WithEndpointSubject("asks."+m.Node))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	const want = "NODE  PUBLISHES  ZXID  LAG  BEHIND  MESSAGES  GAPS  SKIPPED  STRAYS  NOTE\n" +
		"n1    true       0x1f  5    1.5s    7         0     0        3       -\n" +
		"n2    false      0x0   0    0s      0         0     0        0       not connected\n"
	if got, err := status(false); err != nil || got != want {
		t.Errorf("%v\n%swant\n%s", err, got, want)
	}
	if got, err := status(true); err != nil || !strings.HasPrefix(got, `[{"node":"n1","publishes":true,`) {
		t.Errorf("%s, %v", got, err)
	}
}
