package main

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	leaderTime  = time.Second // for all answers to who leads
	reportLimit = 64 << 10    // bytes of one
)

// leader is the member that says of itself that it leads; "" when none says so in time. All are asked at once, where they
// listen for clients, by the four-letter word srvr; a member alone, which is "standalone", is none. An address that is not
// that of one member, such as 0.0.0.0 or what several have, each on its own machine, is not asked.
func leader(ctx context.Context, members []sdk.Member) (id string) {
	ctx, cancel := context.WithTimeout(ctx, leaderTime)
	defer cancel()
	said := make(chan string, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		shared := slices.ContainsFunc(members[i+1:], func(o sdk.Member) bool { return o.Clients == m.Clients }) ||
			slices.ContainsFunc(members[:i], func(o sdk.Member) bool { return o.Clients == m.Clients })
		if shared || everywhere(m.Clients) {
			continue
		}
		all.Go(func() {
			if leads(ctx, m.Clients) {
				said <- m.ID
				cancel() // the others need not be waited for
			}
		})
	}
	all.Wait()
	close(said)
	return <-said
}

// leads asks a server whether it leads.
func leads(ctx context.Context, address string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // makes the read below return
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return false
	}
	report, _ := io.ReadAll(io.LimitReader(conn, reportLimit)) // what has come of it is enough
	return strings.Contains(string(report), "\nMode: leader\n")
}
