package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

var quiet = slog.New(slog.DiscardHandler)

// fakeCore is a host whose sessions answer every operation with its own path and data, and whose feed is a list.
type fakeCore struct {
	feedFrom func(from int64) (sdk.Feed, error)
	opened   func(sdk.Login) error // nil admits all
	hold     chan struct{}         // when not nil, Submit waits until it is closed

	sessions atomic.Int64 // open now
	feeds    atomic.Int64 // open now
	taken    atomic.Int64 // messages and transactions given out
	got      atomic.Int64 // operations submitted
}

var (
	_ sdk.Host        = (*fakeCore)(nil)
	_ sdk.Snapshotter = (*fakeCore)(nil)
)

func (c *fakeCore) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	if c.opened != nil {
		if err := c.opened(login); err != nil {
			return nil, err
		}
	}
	c.sessions.Add(1)
	return &fakeSession{core: c, info: sdk.SessionInfo{ID: 7, Password: [16]byte{1, 2, 3}, Timeout: login.Timeout}, wake: make(chan struct{}, 1)}, nil
}

func (c *fakeCore) Follow(_ context.Context, want sdk.Following) (sdk.Feed, error) {
	feed, err := c.feedFrom(want.From)
	if err == nil {
		c.feeds.Add(1)
	}
	return feed, err
}

func (c *fakeCore) Status(context.Context) (sdk.Status, error) {
	return sdk.Status{NodeID: "n1", Role: sdk.RoleLeader, Zxid: 99, Serving: true}, nil
}

type fakeSession struct {
	core *fakeCore
	info sdk.SessionInfo
	wake chan struct{}

	mu     sync.Mutex // guards what follows
	out    []sdk.Message
	ended  bool
	closed bool
}

func (s *fakeSession) Info() sdk.SessionInfo { return s.info }

func (s *fakeSession) Submit(ctx context.Context, cookie uint64, op *sdk.Op) error {
	if hold := s.core.hold; hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.core.got.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return sdk.ErrSessionClosed
	}
	if op.Watch {
		s.out = append(s.out, sdk.Message{Zxid: -1, Event: &sdk.Event{Kind: sdk.EventCreated, Path: op.Path, Zxid: -1}})
	}
	reply := sdk.Message{Cookie: cookie, Kind: op.Kind, Zxid: int64(cookie), Result: sdk.Result{Path: op.Path, Data: op.Data}}
	if op.Version > 1 && op.Version <= 16<<20 { // a large answer for a small question
		reply.Result.Data = make([]byte, op.Version)
	}
	s.out = append(s.out, reply)
	s.ended = op.Kind == sdk.OpCloseSession
	nudge(s.wake)
	return nil
}

func (s *fakeSession) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	for {
		s.mu.Lock()
		n := copy(dst, s.out)
		s.out = s.out[n:]
		ended := s.ended
		s.mu.Unlock()
		s.core.taken.Add(int64(n))
		if n > 0 {
			return n, nil
		}
		if ended {
			return 0, sdk.ErrSessionClosed
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (s *fakeSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("closed twice")
	}
	s.closed = true
	s.core.sessions.Add(-1)
	return nil
}

// listFeed gives a list and then what end says, or waits for ever.
type listFeed struct {
	core *fakeCore
	list []sdk.Transaction
	end  error
}

func (f *listFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	n := copy(dst, f.list)
	f.list = f.list[n:]
	f.core.taken.Add(int64(n))
	switch {
	case n > 0:
		return n, nil
	case f.end != nil:
		return 0, f.end
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

func (f *listFeed) Close() error {
	f.core.feeds.Add(-1)
	return nil
}

// Snapshot shows so many nodes as the path says: "/5000".
func (c *fakeCore) Snapshot(_ context.Context, path string) (sdk.Snapshot, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(path, "/"))
	n = max(n, 0)
	if err != nil {
		return nil, sdk.CodeNoNode
	}
	c.feeds.Add(1)
	return &listSnapshot{core: c, left: n}, nil
}

type listSnapshot struct {
	core *fakeCore
	left int
}

func (s *listSnapshot) Zxid() int64 { return 77 }

func (s *listSnapshot) Next(_ context.Context, dst []sdk.Change) (int, error) {
	n := min(len(dst), s.left)
	for i := range n {
		dst[i] = sdk.Change{Kind: sdk.Created, Path: fmt.Sprint("/", s.left-i), Data: make([]byte, 1000)}
	}
	s.left -= n
	s.core.taken.Add(int64(n))
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *listSnapshot) Close() error {
	s.core.feeds.Add(-1)
	return nil
}

// end is one end of a stream without gRPC under it, that holds a few packets at most, as gRPC does.
type end struct {
	out chan<- *pluginpb.Packet
	in  <-chan *pluginpb.Packet
	cut <-chan struct{}
}

func (e *end) Send(p *pluginpb.Packet) error {
	copied := &pluginpb.Packet{Frames: slices.Clone(p.Frames), More: p.More}
	select {
	case e.out <- copied:
		return nil
	case <-e.cut:
		return io.ErrClosedPipe
	}
}

func (e *end) Recv() (*pluginpb.Packet, error) {
	select {
	case p := <-e.in:
		return p, nil
	case <-e.cut:
		return nil, io.EOF
	}
}

// connect puts a core and the host that a frontend would get on the two ends of a stream. The returned function cuts
// it and gives what the border ended with.
func connect(t *testing.T, core sdk.Host) (host *remote, cut func() error) {
	t.Helper()
	host, cut, _ = connectBorder(t, core)
	return host, cut
}

// connectBorder is connect, and shows the border too.
func connectBorder(t *testing.T, core sdk.Host) (host *remote, cut func() error, b *border) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	up, down := make(chan *pluginpb.Packet, 2), make(chan *pluginpb.Packet, 2)
	l := newLink(&end{out: up, in: down, cut: ctx.Done()})
	host = newRemote(ctx, l)
	var ends sync.WaitGroup
	ends.Go(func() { _ = l.write() })
	ends.Go(func() {
		_ = l.read(host.handle)
		l.close(errCoreGone)
		host.lose(errCoreGone)
	})
	ended := make(chan error, 1)
	b = newBorder(&end{out: down, in: up, cut: ctx.Done()}, core, &traffic{}, func(string, string) {})
	go func() { ended <- b.run(ctx) }()
	cut = sync.OnceValue(func() error {
		cancel()
		ends.Wait()
		return <-ended
	})
	t.Cleanup(func() { _ = cut() })
	return host, cut, b
}

// collect takes n messages or transactions.
func collect[T any](t *testing.T, n int, next func(context.Context, []T) (int, error)) []T {
	t.Helper()
	var got []T
	for len(got) < n {
		dst := make([]T, 7)
		k, err := next(t.Context(), dst)
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(got), n, err)
		}
		got = append(got, dst[:k]...)
	}
	return got
}
