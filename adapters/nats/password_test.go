package nats_test

import (
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/grove-coordination/grove/core/feed"
)

// A password that is wrong is told, and tried again until somebody has put it right.
func TestWrongPassword(t *testing.T) {
	node := openNode(t, feed.Limits{})
	var options *server.Options
	ns := startServer(t, func(o *server.Options) { o.Username, o.Password, options = "grove", "other", o })
	a := start(t, node, grants, map[string]any{"url": strings.Replace(ns.ClientURL(), "//", "//grove:secret@", 1)})
	defer a.stop()
	await(t, "it is told why", func() bool {
		_, err := a.Ready()
		return err != nil && strings.Contains(err.Error(), "Authorization Violation")
	})
	await(t, "it has tried often", func() bool { return tried(t, ns) > 5 })
	right := options.Clone()
	right.Port, right.Password = ns.Addr().(*net.TCPAddr).Port, "secret"
	if err := ns.ReloadOptions(right); err != nil {
		t.Fatal(err)
	}
	await(t, "it publishes", a.publishes)
}

// tried is how many connections the server has seen.
func tried(t *testing.T, ns *server.Server) uint64 {
	t.Helper()
	v, err := ns.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.TotalConnections
}
