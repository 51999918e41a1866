package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// natsServer is a NATS server whose stream has one message for each zxid from 1 to n.
func natsServer(t *testing.T, n int) (url string, conn *nats.Conn) {
	t.Helper()
	ns, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS server does not serve")
	}
	conn, err = nats.Connect(ns.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "GROVE", Subjects: []string{"grove.>"}}); err != nil {
		t.Fatal(err)
	}
	for zxid := 1; zxid <= n; zxid++ {
		if _, err := js.PublishMsg(t.Context(), change(zxid)); err != nil {
			t.Fatal(err)
		}
	}
	return ns.ClientURL(), conn
}

func change(zxid int) *nats.Msg {
	msg := nats.NewMsg(fmt.Sprintf("grove.created.n%d", zxid))
	msg.Header.Set("Grove-Zxid", fmt.Sprint(zxid))
	msg.Header.Set("Grove-Path", fmt.Sprintf("/n%d", zxid))
	msg.Data = []byte(fmt.Sprintf("é%d\n", zxid))
	return msg
}

// natsTail runs the command; told gets what it writes to standard error.
func natsTail(ctx context.Context, told io.Writer, args ...string) (string, error) {
	var out bytes.Buffer
	c := &console{out: &out, errs: told, timeout: 5 * time.Second}
	cmd := c.natsCommand()
	cmd.PersistentFlags().BoolVar(&c.json, "json", false, "")
	cmd.SetArgs(append([]string{"tail"}, args...))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

func TestNatsTailReadsTheStream(t *testing.T) {
	url, _ := natsServer(t, 20)
	const third, fourth = "grove.created.n3 zxid=3 path=/n3 \"é3\\n\"\n", "grove.created.n4 zxid=4 path=/n4 \"é4\\n\"\n"
	for want, args := range map[string][]string{
		third + fourth: {"--from", "3", "-n", "2"},
		fourth:         {"--from", "0x0", "-n", "1", "grove.*.n4"},
		"{\"subject\":\"grove.created.n1\",\"headers\":{\"Grove-Path\":\"/n1\",\"Grove-Zxid\":\"1\"},\"body\":\"é1\\n\"}\n": {"--from", "all", "-n", "1", "--json"},
	} {
		got, err := natsTail(t.Context(), io.Discard, append(args, "--url", url)...)
		if err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", args, got, err, want)
		}
	}
}

// notify is a writer that calls once something is written.
type notify struct {
	once sync.Once
	call func()
}

func (n *notify) Write(p []byte) (int, error) {
	n.once.Do(n.call)
	return len(p), nil
}

func TestNatsTailListens(t *testing.T) {
	url, conn := natsServer(t, 3)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	publish := func() {
		if err := conn.PublishMsg(change(9)); err != nil {
			t.Error(err)
		}
	}
	got, err := natsTail(ctx, &notify{call: publish}, "--url", url, "-n", "1")
	if want := "grove.created.n9 zxid=9 path=/n9 \"é9\\n\"\n"; err != nil || got != want {
		t.Errorf("%q %v, want %q", got, err, want)
	}
	for _, args := range [][]string{{"--url", url}, {"--url", url, "--from", "10"}} { // interrupted while it waits
		ctx, stop := context.WithCancel(t.Context())
		if got, err := natsTail(ctx, &notify{call: stop}, args...); got != "" || err != nil {
			t.Errorf("%q, interrupted: %q %v", args, got, err)
		}
		stop()
	}
}

func TestNatsTailRefuses(t *testing.T) {
	url, _ := natsServer(t, 0)
	for want, args := range map[string][]string{
		"neither a zxid nor all": {"--from", "soon"},
		"is negative":            {"-n", "-1"},
		"usage:":                 {"a", "b"},
		"no stream keeps":        {"--from", "all", "--url", url, "other.>"},
		"connect to":             {"--url", "nats://127.0.0.1:1"},
		"subscribe to":           {"--url", url, "a..b"},
	} {
		if _, err := natsTail(t.Context(), io.Discard, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
