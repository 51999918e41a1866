package main

import (
	"testing"

	"github.com/grove-coordination/grove/plugins"
)

// What a newcomer is told to type connects to where the messages are.
func TestTryNATS(t *testing.T) {
	for where, want := range map[string]string{
		"nats://127.0.0.1:4222":                "grove nats tail 'a.b.>'",
		"nats://127.0.0.1:4231":                "grove nats tail --url nats://127.0.0.1:4231 'a.b.>'",
		"nats://10.0.0.1:4222 (n2 publishes)":  "grove nats tail --url nats://10.0.0.1:4222 'a.b.>'",
		"nats://u:xxxxx@10.0.0.1:4222":         "grove nats tail --url nats://u:xxxxx@10.0.0.1:4222 'a.b.>'",
		"nats://127.0.0.1:4222 (n2 publishes)": "grove nats tail 'a.b.>'",
	} {
		states := []plugins.State{{Name: "lines", State: plugins.Running}, {Name: "nats", State: plugins.Running, Where: where}}
		if got := tryNATS("a.b", states); got != want {
			t.Errorf("%s: %s, want %s", where, got, want)
		}
	}
	for _, states := range [][]plugins.State{nil, {{Name: "nats", State: plugins.Starting}}} {
		if got := tryNATS("grove", states); got != "" {
			t.Errorf("%v: %s", states, got)
		}
	}
}
