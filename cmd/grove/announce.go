package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/plugins"
	"github.com/grove-coordination/grove/sdk"
)

// settleTime is how long the plugins have to be up before it is told how they are.
const settleTime = 5 * time.Second

// announce tells, once the node serves, what runs where and how to try it.
func announce(ctx context.Context, out io.Writer, c Config, host sdk.Host, l *listeners, supervisor *plugins.Supervisor, processes int) {
	fmt.Fprintf(out, "Grove node %s starts, data in %s\n", c.NodeID, c.DataDir)
	if len(c.Members) > 1 {
		fmt.Fprintf(out, "It waits for its cluster, for all of it when that is new, and else for a majority: %s\n", memberList(c.Members))
	}
	if !until(ctx, func() bool { status, _ := host.Status(ctx); return status.Serving }) {
		return
	}
	settled, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	until(settled, func() bool {
		states := supervisor.Status()
		return len(states) == processes && !starting(states)
	})

	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table)
	fmt.Fprintf(table, "  ZooKeeper clients\t%s\n", l.zookeeper.Addr())
	if l.tls != nil {
		fmt.Fprintf(table, "  ZooKeeper clients, TLS\t%s\n", l.tls.Addr())
	}
	fmt.Fprintf(table, "  admin\thttp://%s\t/healthz /readyz /metrics /status\n", l.admin.Addr())
	fmt.Fprintf(table, "  other nodes\t%s\n", l.peer.Addr())
	states := supervisor.Status()
	for _, p := range states {
		fmt.Fprintf(table, "  %s (plugin)\t%s\n", p.Name, whereRuns(p))
	}
	_ = table.Flush() // standard output is gone: nobody reads this either
	fmt.Fprintln(out)
	try(out, c, l, states)
}

func memberList(members []Member) string {
	var list []string
	for _, m := range members {
		list = append(list, m.ID+"="+m.Addr)
	}
	return strings.Join(list, " ")
}

func whereRuns(p plugins.State) string {
	if p.State == plugins.Running {
		return p.Where
	}
	why, _, _ := strings.Cut(p.LastError, "\n")
	return p.State + ": " + why
}

func starting(states []plugins.State) bool {
	for _, s := range states {
		if s.State == plugins.Starting {
			return true
		}
	}
	return false
}

// try shows a first step. An address is left out where it is the one that clients assume.
func try(out io.Writer, c Config, l *listeners, states []plugins.State) {
	server := ""
	if address := l.zookeeper.Addr().String(); address != "127.0.0.1:2181" {
		server = " --server " + address
	}
	fmt.Fprintf(out, "Try it:\n  grove%s create -p /path/to/node \"Hello, Zookeeper!\"\n  grove%s get /path/to/node\n", server, server)
	if listen := tryNATS(c.NATS.Subject, states); listen != "" {
		fmt.Fprintf(out, "  %s\n", listen)
	}
	fmt.Fprintln(out, "Ctrl-C stops it.")
}

// tryNATS is how to listen at the NATS server that the changes are published to; "" when there is none.
func tryNATS(subject string, states []plugins.State) string {
	i := slices.IndexFunc(states, func(p plugins.State) bool { return p.Name == "nats" && p.State == plugins.Running })
	if i < 0 {
		return ""
	}
	url, _, _ := strings.Cut(states[i].Where, " ") // behind which it says that another copy publishes
	if url == nats.DefaultURL {
		return fmt.Sprintf("grove nats tail '%s.>'", subject)
	}
	return fmt.Sprintf("grove nats tail --url %s '%s.>'", url, subject)
}

// until asks again and again, until the answer is yes or ctx ends.
func until(ctx context.Context, yes func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
