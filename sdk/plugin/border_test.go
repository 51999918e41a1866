package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

func TestSessionCrossesInOrder(t *testing.T) {
	core := &fakeCore{}
	host, cut := connect(t, core)
	session, err := host.Open(t.Context(), sdk.Login{Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if want := (sdk.SessionInfo{ID: 7, Password: [16]byte{1, 2, 3}, Timeout: 10 * time.Second}); session.Info() != want {
		t.Fatalf("info %+v", session.Info())
	}
	const n = 2000
	go func() {
		for i := range uint64(n) {
			op := sdk.Op{Kind: sdk.OpExists, Path: fmt.Sprint("/", i), Watch: i%100 == 0, Data: []byte{}}
			if err := session.Submit(t.Context(), i, &op); err != nil {
				t.Errorf("submit %d: %v", i, err)
			}
		}
		if err := session.Submit(t.Context(), n, &sdk.Op{Kind: sdk.OpCloseSession}); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	cookie := uint64(0)
	for _, m := range collect(t, n+n/100+1, session.Next) {
		path := fmt.Sprint("/", cookie)
		switch {
		case m.Event != nil:
			if cookie%100 != 0 || m.Event.Path != path {
				t.Fatalf("event %+v before reply %d", m.Event, cookie)
			}
			continue
		case m.Cookie != cookie:
			t.Fatalf("reply %d, want %d", m.Cookie, cookie)
		case cookie < n && (m.Result.Path != path || m.Result.Data == nil):
			t.Fatalf("reply %d: %+v", cookie, m.Result)
		}
		cookie++
	}
	if _, err := session.Next(t.Context(), make([]sdk.Message, 1)); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Fatalf("after the end: %v", err)
	}
	if err := cut(); core.sessions.Load() != 0 {
		t.Fatalf("%d sessions left open (%v)", core.sessions.Load(), err)
	}
}

func TestRequestsFailAsTheCoreSays(t *testing.T) {
	core := &fakeCore{
		opened:   func(sdk.Login) error { return fmt.Errorf("session 5: %w", sdk.ErrNoSession) },
		feedFrom: func(int64) (sdk.Feed, error) { return nil, &sdk.CompactedError{Floor: 42} },
	}
	host, _ := connect(t, core)
	if _, err := host.Open(t.Context(), sdk.Login{SessionID: 5}); !errors.Is(err, sdk.ErrNoSession) {
		t.Errorf("open: %v", err)
	}
	_, err := host.Follow(t.Context(), sdk.Following{From: 1})
	if compacted, ok := errors.AsType[*sdk.CompactedError](err); !ok || compacted.Floor != 42 {
		t.Errorf("follow: %v", err)
	}
	if now, err := host.Status(t.Context()); err != nil || now.Zxid != 99 || !now.Serving {
		t.Errorf("status: %+v %v", now, err)
	}
}

// A frontend that does not take its messages makes the core give out a window of them and no more, and gets all of
// them when it takes again.
func TestMessagesWaitForTheFrontend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		host, cut := connect(t, core)
		session, err := host.Open(t.Context(), sdk.Login{})
		if err != nil {
			t.Fatal(err)
		}
		const n, size = 2000, 2000
		for i := range uint64(n) {
			if err := session.Submit(t.Context(), i, &sdk.Op{Kind: sdk.OpGetData, Version: size}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if taken := core.taken.Load(); taken*size > messageWindow+batch*size+frameGoal || taken == 0 {
			t.Errorf("%d messages of %d bytes taken from the core, window is %d", taken, size, messageWindow)
		}
		for i, m := range collect(t, n, session.Next) {
			if m.Cookie != uint64(i) || len(m.Result.Data) != size {
				t.Fatalf("message %d: cookie %d, %d bytes", i, m.Cookie, len(m.Result.Data))
			}
		}
		_ = cut()
	})
}

func TestSubmitWaitsForTheCore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{hold: make(chan struct{})}
		host, cut := connect(t, core)
		session, err := host.Open(t.Context(), sdk.Login{})
		if err != nil {
			t.Fatal(err)
		}
		const n = 1000
		data, submitted := bytes.Repeat([]byte("x"), 1000), 0
		go func() {
			for range n {
				if err := session.Submit(t.Context(), 1, &sdk.Op{Kind: sdk.OpSetData, Data: data}); err != nil {
					t.Errorf("submit: %v", err)
				}
				submitted++
			}
		}()
		synctest.Wait()
		if submitted*1000 > submitWindow || submitted == 0 {
			t.Errorf("%d operations of 1000 bytes accepted, window is %d", submitted, submitWindow)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := session.Submit(ctx, 2, &sdk.Op{Kind: sdk.OpPing}); !errors.Is(err, context.Canceled) {
			t.Errorf("submit without room: %v", err)
		}
		close(core.hold)
		synctest.Wait()
		if got := core.got.Load(); got != n {
			t.Errorf("core got %d of %d", got, n)
		}
		_ = cut()
	})
}

func TestFeedCrossesWithBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, size = 3000, 4000
		core := &fakeCore{}
		core.feedFrom = func(from int64) (sdk.Feed, error) {
			list := make([]sdk.Transaction, n)
			for i := range list {
				list[i] = sdk.Transaction{Zxid: from + 1 + int64(i), Changes: []sdk.Change{{Path: "/a", Data: make([]byte, size)}, {}}}
			}
			return &listFeed{core: core, list: list, end: &sdk.CompactedError{Floor: 5000}}, nil
		}
		host, cut := connect(t, core)
		feed, err := host.Follow(t.Context(), sdk.Following{From: 1000})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if taken := core.taken.Load(); taken*size > feedWindow+batch*size+frameGoal || taken == 0 {
			t.Errorf("%d transactions of %d bytes taken, window is %d", taken, size, feedWindow)
		}
		for i, txn := range collect(t, n, feed.Next) {
			if txn.Zxid != 1001+int64(i) || len(txn.Changes) != 2 || len(txn.Changes[0].Data) != size || txn.Changes[1].Data != nil {
				t.Fatalf("transaction %d: %#x", i, txn.Zxid)
			}
		}
		if _, err := feed.Next(t.Context(), make([]sdk.Transaction, 1)); !errors.Is(err, sdk.ErrCompacted) {
			t.Errorf("end of the feed: %v", err)
		}
		_ = cut()
	})
}

func TestLargeReplyIsCutAndPutTogether(t *testing.T) {
	host, _ := connect(t, &fakeCore{})
	session, err := host.Open(t.Context(), sdk.Login{})
	if err != nil {
		t.Fatal(err)
	}
	const size = 9 << 20
	for i, kind := range []sdk.OpKind{sdk.OpPing, sdk.OpGetData, sdk.OpPing} {
		op := sdk.Op{Kind: kind}
		if kind == sdk.OpGetData {
			op.Version = size
		}
		if err := session.Submit(t.Context(), uint64(i), &op); err != nil {
			t.Fatal(err)
		}
	}
	got := collect(t, 3, session.Next)
	if got[0].Cookie != 0 || got[1].Cookie != 1 || got[2].Cookie != 2 || len(got[1].Result.Data) != size {
		t.Fatalf("got cookies %d %d %d and %d bytes", got[0].Cookie, got[1].Cookie, got[2].Cookie, len(got[1].Result.Data))
	}
}

// What a frontend gave up waiting for is undone by the core, whenever that gets round to it.
func TestOpenIsUndoneWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, answer := make(chan struct{}), make(chan struct{})
		core := &fakeCore{opened: func(sdk.Login) error { close(asked); <-answer; return nil }}
		host, cut := connect(t, core)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-asked; cancel() }()
		if _, err := host.Open(ctx, sdk.Login{}); !errors.Is(err, context.Canceled) {
			t.Errorf("open: %v", err)
		}
		close(answer)
		synctest.Wait()
		if open := core.sessions.Load(); open != 0 {
			t.Errorf("%d sessions open that nobody knows", open)
		}
		_ = cut()
	})
}

func TestEndOfStreamClosesEverything(t *testing.T) {
	core := &fakeCore{}
	core.feedFrom = func(int64) (sdk.Feed, error) { return &listFeed{core: core}, nil }
	host, cut := connect(t, core)
	session, err := host.Open(t.Context(), sdk.Login{})
	if err != nil {
		t.Fatal(err)
	}
	feed, err := host.Follow(t.Context(), sdk.Following{})
	if err != nil {
		t.Fatal(err)
	}
	_ = cut()
	if s, f := core.sessions.Load(), core.feeds.Load(); s != 0 || f != 0 {
		t.Errorf("%d sessions and %d feeds left open", s, f)
	}
	if _, err := session.Next(t.Context(), make([]sdk.Message, 1)); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("next: %v", err)
	}
	if err := session.Submit(t.Context(), 1, &sdk.Op{}); !errors.Is(err, sdk.ErrSessionClosed) {
		t.Errorf("submit: %v", err)
	}
	if _, err := feed.Next(t.Context(), make([]sdk.Transaction, 1)); err == nil {
		t.Error("feed goes on")
	}
	if _, err := host.Open(t.Context(), sdk.Login{}); !errors.Is(err, sdk.ErrNotServing) {
		t.Errorf("open: %v", err)
	}
}

func TestClosedSessionIsClosedInTheCore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := &fakeCore{}
		core.feedFrom = func(int64) (sdk.Feed, error) { return &listFeed{core: core}, nil }
		host, cut := connect(t, core)
		session, err := host.Open(t.Context(), sdk.Login{})
		if err != nil {
			t.Fatal(err)
		}
		feed, err := host.Follow(t.Context(), sdk.Following{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // twice does no harm
			if err := errors.Join(session.Close(), feed.Close()); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if s, f := core.sessions.Load(), core.feeds.Load(); s != 0 || f != 0 {
			t.Errorf("%d sessions and %d feeds open in the core", s, f)
		}
		if len(host.calls) != 0 {
			t.Errorf("%d calls remembered", len(host.calls))
		}
		_ = cut()
	})
}

func TestFaultyPluginIsCutOff(t *testing.T) {
	open := &pluginpb.Frame_Open{Open: &pluginpb.Open{}}
	submit := &pluginpb.Frame_Submit{Submit: &pluginpb.Submit{Op: &pluginpb.Op{Data: make([]byte, submitWindow)}}}
	for name, test := range map[string]struct {
		frames []*pluginpb.Frame
		want   string
	}{
		"id twice":       {[]*pluginpb.Frame{{Id: 1, Body: open}, {Id: 1, Body: open}}, "id 1 after id 1"},
		"id backwards":   {[]*pluginpb.Frame{{Id: 9, Body: open}, {Id: 8, Body: open}}, "id 8 after id 9"},
		"window ignored": {[]*pluginpb.Frame{{Id: 1, Body: open}, {Id: 1, Body: submit}, {Id: 1, Body: submit}, {Id: 1, Body: submit}}, "window is"},
	} {
		t.Run(name, func(t *testing.T) {
			up := make(chan *pluginpb.Packet, 1)
			var frames [][]byte
			for _, frame := range test.frames {
				encoded, err := encode(frame)
				if err != nil {
					t.Fatal(err)
				}
				frames = append(frames, encoded)
			}
			for packet := range pack(frames) {
				up <- packet
			}
			core := &fakeCore{hold: make(chan struct{})}
			down := make(chan *pluginpb.Packet, 100)
			err := newBorder(&end{out: down, in: up, cut: t.Context().Done()}, core, &traffic{}, nil).run(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("border ended with %v, want %q", err, test.want)
			}
			if open := core.sessions.Load(); open != 0 {
				t.Errorf("%d sessions left open", open)
			}
		})
	}
}
