package plugin

import (
	"context"
	"fmt"
	"sync"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// remote is the plugin's end of an Attach stream: the core, as the frontend sees it.
type remote struct {
	link *link
	life context.Context // of the stream

	mu    sync.Mutex // guards what follows
	calls map[uint64]*call
	last  uint64 // id begun
	err   error  // once the stream has ended
}

var (
	_ sdk.Host        = (*remote)(nil)
	_ sdk.Snapshotter = (*remote)(nil)
)

// call is one session, feed or request of this plugin.
type call struct {
	id uint64
	in *inbox
	up *window // what may be submitted
}

func newRemote(life context.Context, l *link) *remote {
	return &remote{link: l, life: life, calls: make(map[uint64]*call)}
}

// Open implements sdk.Host.
func (r *remote) Open(ctx context.Context, l sdk.Login) (sdk.Session, error) {
	c, frame, err := r.ask(ctx, &pluginpb.Frame{Body: &pluginpb.Frame_Open{Open: login(l)}})
	if err != nil {
		return nil, err
	}
	opened := frame.GetOpened()
	if opened == nil {
		return nil, r.odd(c, frame)
	}
	c.up.resize(int(max(opened.GetWindow(), 1)))
	return newSession(r, c, opened), nil
}

// Follow implements sdk.Host.
func (r *remote) Follow(ctx context.Context, want sdk.Following) (sdk.Feed, error) {
	follow := &pluginpb.Follow{From: want.From, Window: feedWindow}
	for _, path := range want.Paths {
		follow.Paths = append(follow.Paths, []byte(path))
	}
	for _, kind := range want.Kinds {
		follow.Kinds = append(follow.Kinds, uint32(kind))
	}
	c, frame, err := r.ask(ctx, &pluginpb.Frame{Body: &pluginpb.Frame_Follow{Follow: follow}})
	if err != nil {
		return nil, err
	}
	if frame.GetFollowed() == nil {
		return nil, r.odd(c, frame)
	}
	return newFeed(r, c), nil
}

// Snapshot implements sdk.Snapshotter.
func (r *remote) Snapshot(ctx context.Context, path string) (sdk.Snapshot, error) {
	request := &pluginpb.Snapshot{Path: []byte(path), Window: feedWindow}
	c, frame, err := r.ask(ctx, &pluginpb.Frame{Body: &pluginpb.Frame_Snapshot{Snapshot: request}})
	if err != nil {
		return nil, err
	}
	begun := frame.GetSnapshotted()
	if begun == nil {
		return nil, r.odd(c, frame)
	}
	return newSnapshot(r, c, begun.GetZxid()), nil
}

// Status implements sdk.Host.
func (r *remote) Status(ctx context.Context) (sdk.Status, error) {
	request := &pluginpb.Frame_StatusRequest{StatusRequest: &pluginpb.StatusRequest{}}
	c, frame, err := r.ask(ctx, &pluginpb.Frame{Body: request})
	if err != nil {
		return sdk.Status{}, err
	}
	if frame.GetStatus() == nil {
		return sdk.Status{}, r.odd(c, frame)
	}
	r.drop(c)
	return statusOf(frame.GetStatus()), nil
}

// ask begins an id with a request and waits for its answer. When ctx ends first the id is closed, which undoes the
// request whether or not the core has already done it.
func (r *remote) ask(ctx context.Context, request *pluginpb.Frame) (*call, *pluginpb.Frame, error) {
	c, err := r.begin(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	d, err := c.in.take(ctx)
	if err != nil {
		r.forget(c)
		return nil, nil, err
	}
	return c, d.frame, nil
}

// begin counts an id up and sends its first frame under one lock, as the core wants ids in ascending order.
func (r *remote) begin(ctx context.Context, request *pluginpb.Frame) (*call, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	c := &call{id: r.last + 1, in: newInbox(), up: newWindow(submitWindow)}
	request.Id = c.id
	if err := r.link.tell(ctx, request); err != nil {
		return nil, err
	}
	r.last, r.calls[c.id] = c.id, c
	return c, nil
}

// forget closes an id; the core ignores it if the id has ended already.
func (r *remote) forget(c *call) {
	if r.drop(c) {
		_ = r.link.tell(r.life, &pluginpb.Frame{Id: c.id, Body: &pluginpb.Frame_Close{Close: &pluginpb.Close{}}})
	}
}

// drop reports whether the id was still known.
func (r *remote) drop(c *call) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.calls[c.id]
	delete(r.calls, c.id)
	return known
}

func (r *remote) odd(c *call, frame *pluginpb.Frame) error {
	r.forget(c)
	return fmt.Errorf("core answered with %T", frame.GetBody())
}

// handle gives a frame to whom it belongs, without waiting.
func (r *remote) handle(d delivery) error {
	r.mu.Lock()
	c := r.calls[d.frame.GetId()]
	r.mu.Unlock()
	if c == nil {
		return nil
	}
	switch body := d.frame.GetBody().(type) {
	case *pluginpb.Frame_Credit:
		c.up.give(int(body.Credit.GetBytes()))
	case *pluginpb.Frame_Ended:
		r.drop(c)
		c.finish(errorOf(body.Ended.GetFault()))
	default:
		c.in.put(d)
	}
	return nil
}

// lose ends everything: the stream is gone.
func (r *remote) lose(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
	for id, c := range r.calls {
		delete(r.calls, id)
		c.finish(err)
	}
}

func (c *call) finish(err error) {
	c.up.end(err)
	c.in.end(err)
}
