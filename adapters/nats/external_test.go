package nats_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	client "github.com/nats-io/nats.go"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

// external is a nats-server that the machine has, in a process of its own.
type external struct {
	t         *testing.T
	path, dir string
	port      string // "-1" for any
	cmd       *exec.Cmd
}

func newExternal(t *testing.T) *external {
	t.Helper()
	path, err := exec.LookPath("nats-server")
	if err != nil {
		path = "/usr/sbin/nats-server" // where Debian has it, not in everyone's PATH
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("nats-server is not installed")
	}
	e := &external{t: t, path: path, dir: t.TempDir(), port: "-1"}
	t.Cleanup(e.kill)
	return e
}

// start runs the server and returns its address, which stays the same.
func (e *external) start() (url string) {
	e.t.Helper()
	e.cmd = exec.CommandContext(e.t.Context(), e.path, "-a", "127.0.0.1", "-p", e.port, "-js", "-sd", e.dir, "--ports_file_dir", e.dir)
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	file := filepath.Join(e.dir, fmt.Sprintf("nats-server_%d.ports", e.cmd.Process.Pid))
	var ports struct{ Nats []string }
	await(e.t, "nats-server tells its port", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(text, &ports) == nil && len(ports.Nats) > 0
	})
	url = ports.Nats[0]
	e.port = url[strings.LastIndexByte(url, ':')+1:]
	return url
}

func (e *external) kill() {
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait() // which says that it was killed
	e.cmd = nil
}

// A server of another making and age, killed and started again while two copies publish to it: its stream has
// every change once and in order.
func TestExternalServerKilled(t *testing.T) {
	ns, node := newExternal(t), openNode(t, feed.Limits{})
	url := ns.start()
	for range 2 {
		defer start(t, node, []string{"feed"}, map[string]any{"url": url, "elect": false}).stop()
	}
	w := openWriter(t, node)
	const changes = 3000
	for i := range changes {
		w.create(fmt.Sprint("/n", i), "x")
		if i%1000 == 500 {
			ns.kill()
			ns.start()
		}
	}
	list := stream(t, url, changes)
	for i, msg := range list {
		if want := fmt.Sprint("grove.created.n", i); msg.Subject() != want {
			t.Fatalf("message %d is %s, want %s", i, msg.Subject(), want)
		}
	}
	t.Logf("%d changes, %d messages, in order", changes, len(list))
	if len(list) != changes {
		t.Errorf("%d messages for %d changes", len(list), changes)
	}
}

// What wildcards of plain NATS select at a server of another making: a subtree, a kind, one node.
func TestWildcardsAtExternalServer(t *testing.T) {
	ns, node := newExternal(t), openNode(t, feed.Limits{})
	url := ns.start()
	conn := connect(t, url)
	counts := map[string]int{"grove.>": 6, "grove.*.app.>": 4, "grove.deleted.>": 1, "grove.*.app.a": 3, "grove.created.*": 2}
	heardBy := map[string]chan *client.Msg{}
	for subject := range counts {
		heardBy[subject] = make(chan *client.Msg, 100)
		if _, err := conn.ChanSubscribe(subject, heardBy[subject]); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	a := start(t, node, []string{"feed"}, map[string]any{"url": url, "elect": false})
	w := openWriter(t, node)
	w.create("/app", "")
	w.create("/app/a", "")
	w.do(sdk.Op{Kind: sdk.OpSetData, Path: "/app/a", Data: []byte("x")})
	w.create("/app/b.c", "")
	w.do(sdk.Op{Kind: sdk.OpDelete, Path: "/app/a"})
	w.create("/other", "")
	await(t, "everything is heard", func() bool { return len(heardBy["grove.>"]) == counts["grove.>"] })
	a.stop()
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	for subject, want := range counts {
		if got := len(heardBy[subject]); got != want {
			t.Errorf("%s: %d messages, want %d", subject, got, want)
		}
	}
}
