package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/sdk"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// fakeTree is a host that has nothing but a feed.
type fakeTree struct {
	sdk.Host

	mu    sync.Mutex // guards what follows
	txns  []sdk.Transaction
	floor int64
	role  sdk.Role
	more  chan struct{} // closed when there is more
	given func(zxid int64)
}

func newTree() *fakeTree { return &fakeTree{role: sdk.RoleLeader, more: make(chan struct{})} }

// grow appends n transactions of one to four changes, of every kind and some with no data or no change at all.
func (f *fakeTree) grow(n int) { f.leap(n, 0) }

// leap grows and forgets in one step, as a tree does that its follower cannot keep up with.
func (f *fakeTree) leap(n int, floor int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.floor = max(f.floor, floor)
	for range n {
		zxid := f.last() + 1
		txn := sdk.Transaction{Zxid: zxid, Time: 1, Session: 2}
		for i := range int(zxid*7%5+4) % 5 {
			change := sdk.Change{
				Kind: sdk.ChangeKind(1 + (int(zxid)+i)%4), Path: fmt.Sprintf("/app/n %d/%d", zxid, i), Version: int32(i),
				Data: []byte(fmt.Sprint(zxid, "-", i)),
			}
			if change.Kind == sdk.Deleted || change.Kind == sdk.ACLChanged {
				change.Data = nil
			}
			txn.Changes = append(txn.Changes, change)
		}
		f.txns = append(f.txns, txn)
	}
	close(f.more)
	f.more = make(chan struct{})
}

func (f *fakeTree) add(changes ...sdk.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.txns = append(f.txns, sdk.Transaction{Zxid: f.last() + 1, Changes: changes})
	close(f.more)
	f.more = make(chan struct{})
}

// compact forgets the transactions up to floor.
func (f *fakeTree) compact(floor int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.floor = floor
}

func (f *fakeTree) last() int64 {
	if len(f.txns) == 0 {
		return 0
	}
	return f.txns[len(f.txns)-1].Zxid
}

func (f *fakeTree) Status(context.Context) (sdk.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sdk.Status{Role: f.role, Serving: true, Zxid: f.last(), Floor: f.floor}, nil
}

func (f *fakeTree) Follow(_ context.Context, want sdk.Following) (sdk.Feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if want.From < f.floor {
		return nil, &sdk.CompactedError{Floor: f.floor}
	}
	filter, err := feed.NewFilter(want)
	return &fakeFeed{tree: f, from: want.From, filter: filter}, err
}

type fakeFeed struct {
	tree   *fakeTree
	from   int64
	filter feed.Filter
}

func (f *fakeFeed) Close() error { return nil }

func (f *fakeFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	for {
		n, more, err := f.poll(dst)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (f *fakeFeed) poll(dst []sdk.Transaction) (int, <-chan struct{}, error) {
	t := f.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.from < t.floor {
		return 0, nil, &sdk.CompactedError{Floor: t.floor}
	}
	first := slices.IndexFunc(t.txns, func(txn sdk.Transaction) bool { return txn.Zxid > f.from })
	if first < 0 {
		return 0, t.more, nil
	}
	n := copy(dst, t.txns[first:])
	f.from = dst[n-1].Zxid
	for i := range dst[:n] {
		dst[i] = f.filter.Pick(dst[i])
	}
	if t.given != nil {
		t.given(f.from)
	}
	return n, nil, nil
}

// wants are the messages that the stream must hold, as digest lists them.
func (f *fakeTree) wants() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, txn := range f.txns {
		for i, c := range txn.Changes {
			if txn.Zxid > f.floor {
				list = append(list, fmt.Sprintf("%d %d/%d %s %s %q", txn.Zxid, i, len(txn.Changes), Subject("grove", c.Kind.String(), c.Path), c.Kind, c.Data))
			}
		}
	}
	return list
}

// digest is a message as wants lists it.
func digest(msg jetstream.Msg) string {
	h := msg.Headers()
	return fmt.Sprintf("%s %s/%s %s %s %q", h.Get(headerZxid), h.Get(headerIndex), h.Get(headerSize), msg.Subject(), h.Get(headerKind), msg.Data())
}

// testServer is a NATS server of the test's own, which can be stopped and started at the same address.
type testServer struct {
	t        *testing.T
	settings Settings
	running  *embedded
}

func newServer(t *testing.T) *testServer {
	t.Helper()
	s := &testServer{t: t, settings: defaults()}
	s.settings.Listen, s.settings.StoreDir = "127.0.0.1:0", filepath.Join(t.TempDir(), "store")
	s.start()
	s.settings.Listen = s.running.Addr().String()
	t.Cleanup(s.stop)
	return s
}

func (s *testServer) start() {
	s.t.Helper()
	var err error
	if s.running, err = startEmbedded(s.settings, func(*server.Options) {}, quiet); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testServer) stop() {
	if s.running != nil {
		s.running.stop()
		s.running = nil
	}
}

func (s *testServer) url() string { return "nats://" + s.settings.Listen }

// js connects to the server.
func (s *testServer) js() jetstream.JetStream {
	s.t.Helper()
	return jsAt(s.t, s.url())
}

func jsAt(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// adapter is a Frontend that runs until stop.
type adapter struct {
	*Frontend
	cancel context.CancelFunc
	done   chan error
}

func configured(t *testing.T, settings map[string]any) *Frontend {
	t.Helper()
	raw, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	f := New()
	if err := f.Configure(raw); err != nil {
		t.Fatal(err)
	}
	return f
}

func run(t *testing.T, f *Frontend, tree sdk.Host) *adapter {
	ctx, cancel := context.WithCancel(t.Context())
	a := &adapter{Frontend: f, cancel: cancel, done: make(chan error, 1)}
	go func() { a.done <- f.Serve(ctx, tree) }()
	t.Cleanup(func() { cancel() })
	return a
}

func (a *adapter) stop(t *testing.T) {
	t.Helper()
	a.cancel()
	if err := <-a.done; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// until waits for something that others bring about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); !done(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited too long: %s", what)
		}
	}
}

// stored is how many messages the stream has, 0 also while nobody can say.
func stored(js jetstream.JetStream) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stream, err := js.Stream(ctx, "GROVE")
	if err != nil {
		return 0
	}
	return stream.CachedInfo().State.Msgs
}

// contents is the whole stream.
func contents(t *testing.T, js jetstream.JetStream) (list []string) {
	t.Helper()
	for _, msg := range messages(t, js) {
		list = append(list, digest(msg))
	}
	return list
}

// messages reads the whole stream.
func messages(t *testing.T, js jetstream.JetStream) (list []jetstream.Msg) {
	t.Helper()
	consumer, err := js.OrderedConsumer(t.Context(), "GROVE", jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := consumer.Messages()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { all.Stop(); _ = js.DeleteConsumer(t.Context(), "GROVE", consumer.CachedInfo().Name) }()
	for n := stored(js); uint64(len(list)) < n; {
		msg, err := all.Next(jetstream.NextMaxWait(10 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, msg)
	}
	return list
}

// compare says where the stream is not what the tree went through.
func compare(got, want []string) error {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Errorf("message %d is %s, want %s", i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d messages, want %d", len(got), len(want))
	}
	return nil
}

var errPlanted = errors.New("planted")
