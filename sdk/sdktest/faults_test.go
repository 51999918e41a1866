package sdktest_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/sdktest"
)

// openCore opens a core of its own for the test, and waits until it serves.
func openCore(t *testing.T) *core.Node {
	t.Helper()
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	node, err := core.Open(core.Config{ID: "n1", Dir: t.TempDir(), PeerListener: peer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for status, _ := node.Status(t.Context()); !status.Serving; status, _ = node.Status(t.Context()) {
		<-tick.C
	}
	return node
}

// Without a fault nothing shows that there could be one.
func TestHostWithoutFaultsKeepsItsPromises(t *testing.T) {
	sdktest.TestHost(t, func(t *testing.T) sdk.Host { return sdktest.NewFaults(openCore(t)) })
}

func open(t *testing.T, host sdk.Host) sdk.Session {
	t.Helper()
	session, err := host.Open(t.Context(), sdk.Login{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// write changes the root and returns the zxid.
func write(t *testing.T, session sdk.Session) int64 {
	t.Helper()
	if err := session.Submit(t.Context(), 1, &sdk.Op{Kind: sdk.OpSetData, Path: "/", Version: sdk.AnyVersion}); err != nil {
		t.Fatal(err)
	}
	got := make([]sdk.Message, 1)
	if _, err := session.Next(t.Context(), got); err != nil || got[0].Code != sdk.OK {
		t.Fatal(err, got[0].Code)
	}
	return got[0].Zxid
}

func TestFaults(t *testing.T) {
	node := openCore(t)
	host := sdktest.NewFaults(node)
	session := open(t, host)
	zxid := write(t, session)
	feed, err := host.Follow(t.Context(), sdk.Following{From: zxid})
	if err != nil {
		t.Fatal(err)
	}

	release := host.Hold()
	given := make(chan int64, 1)
	go func() {
		got := make([]sdk.Transaction, 4)
		_, _ = feed.Next(t.Context(), got)
		given <- got[0].Zxid
	}()
	second := write(t, open(t, node))
	select {
	case <-given:
		t.Error("something was given while all is held")
	case <-time.After(10 * time.Millisecond):
	}
	release()
	if got := <-given; got != second {
		t.Errorf("given %#x, want %#x", got, second)
	}

	host.Delay(time.Millisecond)
	write(t, open(t, node))
	write(t, open(t, node))
	if n, err := feed.Next(t.Context(), make([]sdk.Transaction, 4)); n != 1 || err != nil {
		t.Errorf("late: %d transactions, %v", n, err)
	}
	host.Delay(0)

	host.Compact(second + 1)
	if _, err := feed.Next(t.Context(), make([]sdk.Transaction, 4)); !errors.Is(err, sdk.ErrCompacted) {
		t.Errorf("feed after compaction: %v", err)
	}
	_, err = host.Follow(t.Context(), sdk.Following{From: second})
	if compacted, ok := errors.AsType[*sdk.CompactedError](err); !ok || compacted.Floor != second+1 {
		t.Errorf("follow from before the floor: %v", err)
	}
	write(t, session) // which is none of a session's business

	elected := host.ChangeLeader()
	if err := session.Submit(t.Context(), 1, &sdk.Op{Kind: sdk.OpPing}); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("submit without a leader: %v", err)
	}
	if _, err := host.Open(t.Context(), sdk.Login{}); !errors.Is(err, sdk.ErrNotServing) {
		t.Errorf("open without a leader: %v", err)
	}
	elected()
	login := sdk.Login{Timeout: 10 * time.Second, SessionID: session.Info().ID}
	password := session.Info().Password
	login.Password = password[:]
	again, err := host.Open(t.Context(), login)
	if err != nil {
		t.Fatalf("take up the session: %v", err)
	}
	write(t, again)
	if c := host.Counts(); c.Sessions != 2 || c.Feeds != 1 || c.Opened != 2 || c.Followed != 2 || c.From[1] != second {
		t.Errorf("counts %+v", c)
	}
}

// echo is a frontend with a session for each connection.
type echo struct {
	mu    sync.Mutex // guards where
	where string
}

func (e *echo) Name() string { return "echo" }

func (e *echo) Ready() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.where == "" {
		return "", errors.New("not yet")
	}
	return "tcp://" + e.where, nil
}

func (e *echo) Serve(ctx context.Context, host sdk.Host) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.where = listener.Addr().String()
	e.mu.Unlock()
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return nil
		}
		all.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			if session, err := host.Open(ctx, sdk.Login{Timeout: 10 * time.Second}); err == nil {
				defer session.Close()
				_, _ = conn.Read(make([]byte, 1))
			}
		})
	}
}

func TestFrontendSuitePasses(t *testing.T) {
	sdktest.TestFrontend(t, openCore(t), "{}", func() sdk.Frontend { return &echo{} })
}

// odd refuses what begins with "x".
type odd struct{}

func (odd) Name() string { return "odd" }

func (odd) Validate(_ context.Context, write sdk.Write) error {
	for i, op := range write.Ops {
		if len(op.Data) > 0 && op.Data[0] == 'x' {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: "x"}
		}
	}
	return nil
}

func TestValidatorSuitePasses(t *testing.T) {
	sdktest.TestValidator(t, odd{}, sdk.Write{Ops: []sdk.WriteOp{{Data: []byte("a")}}}, sdk.Write{Ops: []sdk.WriteOp{{}, {Data: []byte("x")}}})
}
