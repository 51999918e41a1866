package main

import (
	"io"
	"net"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// reports is a server that answers a four-letter word, or nothing at all when there is no report.
func reports(t *testing.T, report string) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			_, _ = io.ReadFull(nc, make([]byte, 4))
			if report != "" {
				_, _ = io.WriteString(nc, report)
				nc.Close()
			}
		}
	}()
	return ln.Addr().String()
}

// TestLeader: the one that says so, however the others do; an address of several is nobody's word.
func TestLeader(t *testing.T) {
	leads := reports(t, "Grove version: 1\nMode: leader\nNode count: 5\n")
	follows := reports(t, "Mode: follower\n")
	members := []sdk.Member{
		{ID: "n1", Clients: follows}, {ID: "n2", Clients: "127.0.0.1:1"}, {ID: "n3", Clients: reports(t, "")}, {ID: "n4"},
		{ID: "n5", Clients: leads},
	}
	if got := leader(t.Context(), members); got != "n5" {
		t.Errorf("%q leads", got)
	}
	if got := leader(t.Context(), []sdk.Member{members[0], members[1], members[3]}); got != "" {
		t.Errorf("%q leads, and nobody does", got)
	}
	if got := leader(t.Context(), append(members[:2], sdk.Member{ID: "n5", Clients: leads}, sdk.Member{ID: "n6", Clients: leads})); got != "" {
		t.Errorf("%q leads, where two have one address", got)
	}
}
