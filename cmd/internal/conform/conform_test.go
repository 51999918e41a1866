//go:build unix

package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// TestMain makes this binary a program to be checked when it is started with that word: one that behaves, but for the
// fault that comes next.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "program" {
		program(os.Args[2])
	}
	os.Exit(m.Run())
}

// faults are what a program can do wrong, the check that must find it, and what that says.
var faults = map[string]struct{ check, reason string }{
	"waits by hand":       {"by hand", "still runs"},
	"greets":              {"handshake", "wrote \"welcome\" to standard output before the handshake"},
	"never ready":         {"ready", "not yet"},
	"fails":               {"ready", "cannot listen"},
	"keeps sessions":      {"life cycle", "sessions are open"},
	"answers out of turn": {"order", "client"},
	"dies when stopped":   {"back-pressure", "process is gone"},
	"leaves out":          {"resume", "leaves out what came between"},
	"stops following":     {"resume", "does not follow again"},
	"stands still":        {"compaction", "stands still"},
	"spins":               {"compaction", "has asked for its feed"},
	"gives up":            {"leader change", "client: exit status 1"},
	"leaves a lock":       {"crash", "is running already"},
	"does not end":        {"drain", "does not stop"},
	"prints":              {"noise", "hello"},
	"takes anything":      {"settings", "takes a key that it cannot know"},
}

// Each fault is found, by its check and by no other that could do without it; and a program without one conforms.
func TestEveryCheckCanFail(t *testing.T) {
	patience = 3 * time.Second
	for fault, want := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			got := check(t, fault)
			if fault == "fails" && got["ready"].Outcome != Failed {
				want.check = "handshake" // it was gone before anybody asked whether it is ready
			}
			if got[want.check].Outcome != Failed || !strings.Contains(got[want.check].Reason, want.reason) {
				t.Errorf("%+v, want %s to fail with %q", got, want.check, want.reason)
			}
		})
	}
	checked := map[string]bool{}
	for _, want := range faults {
		checked[want.check] = true
	}
	for _, c := range checks {
		if !checked[c.name] {
			t.Errorf("no program fails %s", c.name)
		}
	}
}

func TestGoodProgramConforms(t *testing.T) {
	for name, result := range check(t, "none") {
		if result.Outcome != OK {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

func TestMissingProgramIsSaid(t *testing.T) {
	var failed []string
	good, err := Run(t.Context(), Subject{Path: "/does/not/exist"}, func(r Result) {
		if r.Outcome == Failed {
			failed = append(failed, r.Check)
		}
		if r.Check == "drain" && (r.Outcome != None || r.Reason != "handshake has failed") {
			t.Errorf("%+v", r)
		}
	})
	if good || err != nil || !slices.Equal(failed, []string{"by hand", "handshake"}) {
		t.Errorf("good %v, %v, failed %v", good, err, failed)
	}
}

// check runs all checks on a program with a fault, and returns the results by name.
func check(t *testing.T, fault string) map[string]Result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(map[string]string{"lock": filepath.Join(t.TempDir(), "lock")})
	if err != nil {
		t.Fatal(err)
	}
	subject := Subject{
		Path: self, Args: []string{"program", fault}, Settings: settings,
		Client: []string{self, "program", "client"},
	}
	got := map[string]Result{}
	good, err := Run(t.Context(), subject, func(r Result) { got[r.Check] = r })
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.ContainsFunc(slices.Collect(maps.Values(got)), func(r Result) bool { return r.Outcome == Failed })
	if good == bad || len(got) != len(checks) {
		t.Errorf("good %v, results %+v", good, got)
	}
	return got
}

// program is a frontend that gives each connection a session, and a number for each byte; beside that it follows all
// changes.
func program(fault string) {
	switch fault {
	case "client":
		client()
	case "greets":
		fmt.Println("welcome")
	case "waits by hand":
		if os.Getenv("GROVE_PLUGIN") == "" {
			select {}
		}
	}
	plugin.Serve(&faulty{fault: fault})
}

type faulty struct {
	fault string
	Lock  string `json:"lock"`

	over  atomic.Bool // the first feed is
	mu    sync.Mutex  // guards where
	where string
}

func (f *faulty) Name() string { return "faulty" }

func (f *faulty) Configure(raw []byte) error {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	if f.fault != "takes anything" {
		decoder.DisallowUnknownFields()
	}
	return decoder.Decode(f)
}

func (f *faulty) Ready() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.where == "" || f.fault == "never ready" {
		return "", errors.New("not yet")
	}
	return "tcp://" + f.where, nil
}

func (f *faulty) Serve(ctx context.Context, host sdk.Host) error {
	if f.fault == "fails" {
		return errors.New("cannot listen")
	}
	if f.fault == "leaves a lock" {
		if _, err := os.Stat(f.Lock); err == nil {
			return errors.New("is running already")
		}
		if err := os.WriteFile(f.Lock, nil, 0o600); err != nil {
			return err
		}
		defer os.Remove(f.Lock)
	}
	if f.fault == "prints" {
		fmt.Println("hello")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.where = listener.Addr().String()
	f.mu.Unlock()
	context.AfterFunc(ctx, func() { listener.Close() })
	ctx, cancel := context.WithCancelCause(ctx)
	if f.fault == "dies when stopped" {
		go dieWhenStopped()
	}
	var all sync.WaitGroup
	all.Go(func() { cancel(f.follow(ctx, host)) })
	for {
		conn, err := listener.Accept()
		if err != nil {
			break
		}
		all.Go(func() { f.talk(ctx, conn, host) })
	}
	if f.fault == "does not end" {
		select {}
	}
	all.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// dieWhenStopped sees from the clock that the process stood still.
func dieWhenStopped() {
	for last := time.Now(); ; last = time.Now() {
		<-time.After(100 * time.Millisecond)
		if time.Since(last) > time.Second {
			os.Exit(3)
		}
	}
}

func (f *faulty) follow(ctx context.Context, host sdk.Host) error {
	from := int64(0)
	for {
		feed, err := host.Follow(ctx, sdk.Following{From: from})
		if err == nil {
			from, err = f.read(ctx, feed, from)
			_ = feed.Close()
			f.over.Store(true)
		}
		compacted, late := errors.AsType[*sdk.CompactedError](err)
		switch {
		case ctx.Err() != nil:
			return nil
		case late && f.fault == "stands still", !late && f.fault == "stops following":
			<-ctx.Done()
			return nil
		case late && f.fault == "spins" && spun < 3*mostFollows:
			spun++
		case late:
			from = compacted.Floor
		case f.fault == "leaves out":
			from += 1000
		}
	}
}

var spun int // how often the faulty program has asked in vain

func (f *faulty) read(ctx context.Context, feed sdk.Feed, from int64) (int64, error) {
	got := make([]sdk.Transaction, 16)
	for {
		n, err := feed.Next(ctx, got)
		if n > 0 {
			from = got[n-1].Zxid
		}
		if err != nil {
			if f.fault == "spins" && errors.Is(err, sdk.ErrCompacted) {
				return from - 1, err
			}
			return from, err
		}
	}
}

// talk answers each byte with how many there were.
func (f *faulty) talk(ctx context.Context, conn net.Conn, host sdk.Host) {
	defer conn.Close()
	if f.fault == "gives up" && f.over.Load() {
		return
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	session, err := host.Open(ctx, sdk.Login{Timeout: 10 * time.Second})
	if err != nil {
		return
	}
	if f.fault != "keeps sessions" {
		defer session.Close()
	}
	got := make([]sdk.Message, 4)
	for i := uint64(1); ; i++ {
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			return
		}
		if err := session.Submit(ctx, i, &sdk.Op{Kind: sdk.OpPing}); err != nil {
			return
		}
		if f.fault == "answers out of turn" {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			_, _ = session.Next(short, got)
			cancel()
			if i%5 == 0 {
				i++
			}
		} else if _, err := session.Next(ctx, got); err != nil {
			return
		}
		fmt.Fprintln(conn, i)
	}
}

// client asks ten times.
func client() {
	conn, err := net.Dial("tcp", os.Getenv("GROVE_ADDRESS"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for want := 1; want <= 10; want++ {
		got := 0
		if _, err := fmt.Fprint(conn, "x"); err == nil {
			_, err = fmt.Fscanln(conn, &got)
		}
		if got != want {
			fmt.Println("answer", got, "to question", want)
			os.Exit(1)
		}
	}
	os.Exit(0)
}
