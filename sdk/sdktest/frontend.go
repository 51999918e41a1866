package sdktest

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// TestFrontend checks that a frontend keeps the promises of sdk.Frontend, sdk.Configurer and sdk.Readier, on a host that
// serves. Make returns a new one each time; settings are such that it can serve, several times one after the other. What
// it says to its clients is not known here: they connect, if it says where, and hang up.
func TestFrontend(t *testing.T, host sdk.Host, settings string, make func() sdk.Frontend) {
	for _, story := range []struct {
		name string
		play func(*house)
	}{
		{"Name", hasName},
		{"UnknownSetting", refusesUnknown},
		{"Ends", endsInOrder},
		{"LeavesNothing", leavesNothing},
		{"Dropped", outlivesDrop},
		{"LeaderChange", outlivesLeader},
	} {
		t.Run(story.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			story.play(&house{T: t, ctx: ctx, settings: settings, frontend: make(), host: NewFaults(host)})
		})
	}
}

// house is where one story of a frontend plays.
type house struct {
	*testing.T
	ctx      context.Context
	settings string
	frontend sdk.Frontend
	host     *Faults
}

// open has the frontend serve until the returned function is called, which gives what Serve returned.
func (h *house) open() (where string, close func() error) {
	h.Helper()
	if configurer, ok := h.frontend.(sdk.Configurer); ok {
		if err := configurer.Configure([]byte(h.settings)); err != nil {
			h.Fatalf("configure: %v", err)
		}
	}
	ctx, stop := context.WithCancel(h.ctx)
	served := make(chan error, 1)
	go func() { served <- h.frontend.Serve(ctx, h.host) }()
	h.until("ready", func() bool {
		select {
		case err := <-served:
			h.Fatalf("serve: %v", err)
		default:
		}
		var err error
		if readier, ok := h.frontend.(sdk.Readier); ok {
			where, err = readier.Ready()
		}
		return err == nil
	})
	return where, func() error {
		stop()
		select {
		case err := <-served:
			return err
		case <-time.After(patience / 2):
			return errors.New("serves on after its context has ended")
		}
	}
}

// until asks again and again, as long as the story has time.
func (h *house) until(what string, yes func() bool) {
	h.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-h.ctx.Done():
			h.Fatalf("not %s in time", what)
		}
	}
}

// visit connects as a client does; the end of the test hangs up.
func (h *house) visit(where string) net.Conn {
	h.Helper()
	address := where
	if u, err := url.Parse(where); err == nil && u.Host != "" {
		address = u.Host
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(h.ctx, "tcp", address)
	if err != nil {
		h.Fatalf("connect to %s: %v", where, err)
	}
	h.Cleanup(func() { conn.Close() })
	return conn
}

func hasName(h *house) {
	if h.frontend.Name() == "" {
		h.Error("it has no name")
	}
}

// refusesUnknown: a setting nobody knows is refused, as it would be without effect.
func refusesUnknown(h *house) {
	configurer, ok := h.frontend.(sdk.Configurer)
	if !ok {
		h.Skip("it takes no settings")
	}
	if configurer.Configure([]byte(`{"no_such_key": true}`)) == nil {
		h.Error("it takes a setting that it cannot know")
	}
}

// endsInOrder: Serve returns nil when its context ends, also while a client is connected, and the port is free.
func endsInOrder(h *house) {
	where, end := h.open()
	conn := h.visit(where)
	if err := end(); err != nil {
		h.Fatalf("serve: %v", err)
	}
	if c := h.host.Counts(); c.Sessions+c.Feeds > 0 {
		h.Errorf("%d sessions and %d feeds left open", c.Sessions, c.Feeds)
	}
	if conn == nil {
		return
	}
	if again, err := net.Dial("tcp", conn.RemoteAddr().String()); err == nil {
		again.Close()
		h.Error("its port is still open")
	}
}

// leavesNothing: clients that have gone leave no session.
func leavesNothing(h *house) {
	where, end := h.open()
	if conn := h.visit(where); conn == nil {
		h.Skip("it does not say where to connect to")
	}
	first := h.host.Counts().Sessions // which all may share
	for range 4 {
		h.visit(where).Close()
	}
	h.until("rid of the sessions of those who have gone", func() bool { return h.host.Counts().Sessions <= first+1 })
	if err := end(); err != nil {
		h.Errorf("serve: %v", err)
	}
}

// outlivesDrop: sessions and feeds end, and clients that come after are served.
func outlivesDrop(h *house) {
	where, end := h.open()
	h.visit(where)
	h.host.Drop()
	h.visit(where)
	if err := end(); err != nil {
		h.Errorf("serve: %v", err)
	}
}

// outlivesLeader: while there is no leader the frontend may refuse its clients, but is there for those who come later.
func outlivesLeader(h *house) {
	where, end := h.open()
	elected := h.host.ChangeLeader()
	h.visit(where)
	elected()
	h.visit(where)
	if err := end(); err != nil {
		h.Errorf("serve: %v", err)
	}
}
