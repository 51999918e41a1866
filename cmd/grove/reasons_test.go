package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// says is an admin address whose status is text.
func says(t *testing.T, text string) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fmt.Fprint(w, text); r.URL.Path != "/status" {
			t.Error("asked for", r.URL.Path)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// mute is a server that takes connections, hears what is asked, and gives no session.
func mute(t *testing.T) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			_, _ = nc.Read(make([]byte, 1<<10)) // unread, it would make a reset of the close
			nc.Close()
		}
	}()
	return ln.Addr().String()
}

const (
	leaderless = `{"node": "n1", "serving": false, "why": "server is not serving: the cluster has no leader"}`
	wellUp     = `{"node": "n1", "serving": true, "warnings": ["3 MiB are left on the disk: only deletes are taken"]}`
)

// TestSilenceHasAReason: who gets no session is told why, as far as the admin address knows.
func TestSilenceHasAReason(t *testing.T) {
	for _, c := range []struct{ admin, want string }{
		{says(t, leaderless), ": no session: EOF; n1 says: server is not serving: the cluster has no leader\n"},
		{says(t, wellUp), ": no session: EOF\n"},
		{mute(t), ": no session: EOF; the server tells why at its admin address: try --admin\n"},
	} {
		var errs strings.Builder
		args := []string{"ls", "/", "--server", mute(t), "--admin", c.admin, "--timeout", "50ms"}
		status := run(t.Context(), args, nil, &errs, &errs)
		if status != exitFailed || !strings.HasPrefix(errs.String(), "grove: no answer in time (--timeout); ") || !strings.HasSuffix(errs.String(), c.want) {
			t.Errorf("%d, %s", status, errs.String())
		}
	}
}

// TestReasons: which errors are explained, and by what.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		err   error
		admin string
		want  string
	}{
		{sdk.CodeSystemError, wellUp, "system error; n1 says: 3 MiB are left on the disk: only deletes are taken"},
		{sdk.CodeSystemError, leaderless, "system error"},
		{sdk.CodeConnectionLoss, leaderless, "connection loss; n1 says: server is not serving: the cluster has no leader"},
		{context.Canceled, leaderless, "context canceled"},
		{sdk.CodeNoNode, wellUp, sdk.CodeNoNode.Error()},
	} {
		got := (&console{servers: "a:1", admin: says(t, c.admin)}).reasoned(t.Context(), c.err).Error()
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestTalksTo: another server's reason is never taken for that of the one at --server, unless the user says so.
func TestTalksTo(t *testing.T) {
	const elsewhere = `{"node": "n1", "members": [{"id": "n1", "clients": "127.0.0.1:2191"}, {"id": "n2", "clients": "127.0.0.1:2192"}]}`
	for _, c := range []struct {
		servers, admin, status string
		want                   bool
	}{
		{defaultServers, defaultAdmin, leaderless, true},
		{"127.0.0.1:2191", defaultAdmin, leaderless, false},
		{"127.0.0.1:2191", "127.0.0.1:9191", leaderless, true},
		{"127.0.0.1:2191", defaultAdmin, elsewhere, true},
		{"h:1,localhost:2191", defaultAdmin, elsewhere, true},
		{"127.0.0.1:2192", defaultAdmin, elsewhere, false},
		{defaultServers, defaultAdmin, elsewhere, false},
	} {
		var s standing
		if err := json.Unmarshal([]byte(c.status), &s); err != nil {
			t.Fatal(err)
		}
		if got := (&console{servers: c.servers, admin: c.admin}).talksTo(&s); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
