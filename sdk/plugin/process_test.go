//go:build unix

package plugin

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/grove-coordination/grove/sdk"
)

// TestMain makes this binary a plugin, or a host of one, when it is started with these words.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "plugin":
		Serve(&testFrontend{})
	case "suite":
		Serve(&suiteFrontend{run: m.Run})
	case "benched":
		Serve(newBenched(os.Args[2], os.Args[3]))
	case "hostile":
		serveHostile(os.Args[2])
	case "garbage":
		fmt.Println("hello, I am no plugin")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "host":
		hostOf(os.Args[2])
	}
	os.Exit(m.Run())
}

// testFrontend does what its settings say.
type testFrontend struct {
	settings
	mu    sync.Mutex // guards where
	where string
}

type settings struct {
	Report string `json:"report"` // address to connect to for as long as the process lives
	Fail   string `json:"fail"`   // what Serve returns at once
	Print  bool   `json:"print"`
	Echo   int    `json:"echo"` // operations to send through a session
	Bad    bool   `json:"bad"`
}

func (f *testFrontend) Name() string { return "test" }

func (f *testFrontend) Configure(raw []byte) error {
	if err := json.Unmarshal(raw, &f.settings); err != nil {
		return err
	}
	if f.Bad {
		return errors.New("bad: must not be set")
	}
	return nil
}

func (f *testFrontend) Ready() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.where == "" {
		return "", errors.New("not yet")
	}
	return f.where, nil
}

func (f *testFrontend) Serve(ctx context.Context, host sdk.Host) error {
	if f.Fail != "" {
		return errors.New(f.Fail)
	}
	if f.Print {
		fmt.Println("on stdout\nmore")
		fmt.Fprintln(os.Stderr, "on stderr")
		slog.Warn("in the log", "answer", 42)
	}
	if f.Report != "" {
		conn, err := net.Dial("tcp", f.Report)
		if err != nil {
			return err
		}
		// The process says its id and environment, and its end closes the connection.
		fmt.Fprintln(conn, os.Getpid(), len(os.Environ()), os.Getenv("GROVE_SECRET"))
	}
	if err := f.echo(ctx, host); err != nil {
		return err
	}
	f.mu.Lock()
	f.where = "test://" + strconv.Itoa(f.Echo)
	f.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (f *testFrontend) echo(ctx context.Context, host sdk.Host) error {
	session, err := host.Open(ctx, sdk.Login{Timeout: time.Second})
	if err != nil {
		return err
	}
	for i := range f.Echo {
		if err := session.Submit(ctx, uint64(i), &sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte{}}); err != nil {
			return err
		}
	}
	dst := make([]sdk.Message, 10)
	for n := 0; n < f.Echo; {
		k, err := session.Next(ctx, dst)
		if err != nil {
			return err
		}
		for _, m := range dst[:k] {
			if m.Cookie != uint64(n) || m.Result.Data == nil {
				return fmt.Errorf("reply %d: %+v", n, m)
			}
			n++
		}
	}
	return nil
}

// command starts this binary again.
func command(t *testing.T, mode string, s settings) Command {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return Command{Name: "lines", Path: path, Args: []string{mode}, Settings: raw, Log: quiet}
}

// reporter is where a plugin process reports that it lives.
func reporter(t *testing.T) (address string, next func() (pid int, line string, conn net.Conn)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String(), func() (int, string, net.Conn) {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.Fields(line)[0])
		if err != nil {
			t.Fatal(err)
		}
		return pid, strings.TrimSpace(line), conn
	}
}

// untilReady waits until a client says that it is ready.
func untilReady(t *testing.T, c *Client) string {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); ; {
		where, err := c.Ready()
		if err == nil {
			return where
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not ready: %v", err)
		}
	}
}

func TestProcessServesAndDrains(t *testing.T) {
	t.Setenv("GROVE_SECRET", "hidden")
	address, next := reporter(t)
	core := &fakeCore{}
	client := New(command(t, "plugin", settings{Report: address, Echo: 5000}))
	if _, err := client.Ready(); err == nil {
		t.Error("ready before it runs")
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- client.Serve(ctx, core) }()
	_, line, conn := next()
	if where := untilReady(t, client); where != "test://5000" {
		t.Errorf("serves at %q", where)
	}
	if strings.Contains(line, "hidden") {
		t.Error("environment was handed down")
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("process lives: %v", err)
	}
	if open := core.sessions.Load(); open != 0 {
		t.Errorf("%d sessions left open", open)
	}
	if _, err := client.Ready(); err == nil {
		t.Error("ready after its end")
	}
}

func TestKilledProcessIsNoticed(t *testing.T) {
	address, next := reporter(t)
	core := &fakeCore{}
	client := New(command(t, "plugin", settings{Report: address}))
	for range 2 { // and can be served again
		served := make(chan error, 1)
		go func() { served <- client.Serve(t.Context(), core) }()
		pid, _, _ := next()
		untilReady(t, client)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := <-served; err == nil || !strings.Contains(err.Error(), "plugin lines: process is gone") {
			t.Errorf("serve: %v", err)
		}
		if open := core.sessions.Load(); open != 0 {
			t.Errorf("%d sessions left open", open)
		}
	}
}

func TestTermEndsThePluginInOrder(t *testing.T) {
	address, next := reporter(t)
	served := make(chan error, 1)
	client := New(command(t, "plugin", settings{Report: address}))
	go func() { served <- client.Serve(t.Context(), &fakeCore{}) }()
	pid, _, _ := next()
	untilReady(t, client)
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err == nil || !strings.Contains(err.Error(), "stopped from outside") {
		t.Errorf("serve: %v", err)
	}
}

func TestWhatGoesWrongIsSaid(t *testing.T) {
	pinned := command(t, "plugin", settings{})
	pinned.SHA256 = make([]byte, sha256.Size)
	missing := command(t, "plugin", settings{})
	missing.Path = "/does/not/exist"
	for name, test := range map[string]struct {
		command Command
		want    string
	}{
		"fails":    {command(t, "plugin", settings{Fail: "listen 127.0.0.1:1: in use"}), "plugin lines: listen 127.0.0.1:1: in use"},
		"settings": {command(t, "plugin", settings{Bad: true}), "plugin lines: config: bad: must not be set"},
		"garbage":  {command(t, "garbage", settings{}), "hello, I am no plugin"},
		"pin":      {pinned, "SHA-256 is"},
		"missing":  {missing, "/does/not/exist"},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(test.command).Serve(t.Context(), &fakeCore{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestRightPinIsTaken(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		t.Fatal(err)
	}
	if err := checkPin(path, sum.Sum(nil)); err != nil {
		t.Error(err)
	}
}

// syncBuffer is a log that a test may read while it is written.
type syncBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestWhatAPluginPrintsIsLogged(t *testing.T) {
	var log syncBuffer
	c := command(t, "plugin", settings{Print: true})
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	client := New(c)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- client.Serve(ctx, &fakeCore{}) }()
	untilReady(t, client)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for _, want := range []string{
		`level=INFO msg="on stdout" plugin=lines stream=stdout`, `level=INFO msg=more`,
		`level=WARN msg="on stderr"`, `level=WARN msg="in the log" plugin=lines answer=42`,
	} {
		for !strings.Contains(log.String(), want) {
			select {
			case <-tick.C:
			case err := <-served:
				t.Fatalf("%q is not in the log (%v):\n%s", want, err, log.String())
			case <-time.After(20 * time.Second):
				t.Fatalf("%q is not in the log:\n%s", want, log.String())
			}
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// hostOf is a host process that serves a plugin until it is killed.
func hostOf(report string) {
	path, _ := os.Executable()
	raw, _ := json.Marshal(settings{Report: report})
	c := New(Command{Name: "orphan", Path: path, Args: []string{"plugin"}, Settings: raw, Log: quiet})
	fmt.Println(c.Serve(context.Background(), &fakeCore{}))
	os.Exit(1)
}

func TestKilledHostLeavesNoOrphan(t *testing.T) {
	address, next := reporter(t)
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	host := exec.Command(path, "host", address)
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	_, _, conn := next()
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the plugin outlived its host: %v", err)
	}
}

// The stream alone ends the plugin: here its host lives on and has nothing killed.
func TestPluginExitsWithItsStream(t *testing.T) {
	address, next := reporter(t)
	c := command(t, "plugin", settings{Report: address})
	running, err := launch(t.Context(), c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer running.stop()
	client := New(c)
	if err := client.configure(t.Context(), running.rpc); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := running.rpc.Attach(ctx)
	if err != nil {
		t.Fatal(err)
	}
	border := make(chan error, 1)
	go func() { border <- newBorder(stream, &fakeCore{}, &traffic{}, client.said).run(ctx) }()
	_, _, conn := next()
	if second, err := running.rpc.Attach(ctx); err == nil {
		if _, err := second.Recv(); err == nil || !strings.Contains(err.Error(), "already attached") {
			t.Errorf("second stream: %v", err)
		}
	}
	cancel()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the plugin outlived its stream: %v", err)
	}
	<-border
}

// deaf is a process that does not answer health checks for a while, then for good.
type deaf struct {
	grpc_health_v1.HealthClient
	answers []bool
	asked   int
}

func (d *deaf) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest, _ ...grpc.CallOption) (*grpc_health_v1.HealthCheckResponse, error) {
	d.asked++
	if d.asked <= len(d.answers) && d.answers[d.asked-1] {
		return nil, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestDeafProcessIsTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		health := &deaf{answers: []bool{true, false, false, true, false, false, false}}
		life, end := context.WithCancelCause(t.Context())
		(&running{health: health}).watchHealth(life, end)
		if err := context.Cause(life); err == nil || !strings.Contains(err.Error(), "health") {
			t.Errorf("life ended with %v", err)
		}
		if health.asked != len(health.answers) {
			t.Errorf("asked %d times, want %d", health.asked, len(health.answers))
		}
	})
}
