package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// Where commands look for a server, and for its admin address, when nothing else is said.
const (
	defaultServers = "127.0.0.1:2181"
	defaultAdmin   = "127.0.0.1:9180"
)

// standing is what a server says of itself at /status of its admin address, as far as it is used here.
type standing struct {
	Node     string
	Leader   string // "" for none known
	Serving  bool
	Why      string // it does not serve
	Warnings []string
	Members  []struct{ ID, Peer, Clients string }
}

// reasoned puts what the server says of itself into an error that only it can explain: that it gives no session, or no
// answer, and that it failed. ZooKeeper's protocol has no room for the reason, so it is asked for at --admin, once, in a
// time of its own, as that of the command may be over.
func (c *console) reasoned(ctx context.Context, err error) error {
	silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sdk.CodeConnectionLoss)
	if !silent && !errors.Is(err, sdk.CodeSystemError) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), explainTimeout)
	defer cancel()
	var s standing
	known := fetchAdmin(ctx, c.admin, "/status", &s) == nil && c.talksTo(&s)
	switch {
	case known && silent && !s.Serving:
		return fmt.Errorf("%w; %s says: %s", err, s.Node, s.Why)
	case known && !silent && len(s.Warnings) > 0:
		return fmt.Errorf("%w; %s says: %s", err, s.Node, strings.Join(s.Warnings, "; "))
	case !known && (!silent || errors.Is(err, client.ErrNoSession)):
		return fmt.Errorf("%w; the server tells why at its admin address: try --admin", err)
	}
	return err
}

// talksTo reports whether the server at --admin is one of those at --server: so says who gives the flag, so says a member
// that is known to serve clients there, and so it is when neither flag was given.
func (c *console) talksTo(s *standing) bool {
	if c.admin != defaultAdmin {
		return true
	}
	for _, m := range s.Members {
		if m.ID == s.Node && m.Clients != "" {
			return slices.Contains(strings.Split(strings.ReplaceAll(c.servers, "localhost", "127.0.0.1"), ","), m.Clients)
		}
	}
	return c.servers == defaultServers
}
