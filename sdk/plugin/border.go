package plugin

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
)

// border is the host's end of an Attach stream: it does with the core what the plugin asks for.
type border struct {
	link    *link
	host    sdk.Host
	ready   func(where, whyNot string)
	traffic *traffic

	serving sync.WaitGroup // one for each id in open
	held    atomic.Int64   // bytes in the inboxes of all of them

	mu   sync.Mutex // guards what follows
	open map[uint64]*served
	last uint64 // id begun
}

// served is one session, feed or request of the plugin.
type served struct {
	id   uint64
	end  context.CancelCauseFunc
	down *window // what may be sent to the plugin
	up   *inbox  // what the plugin submits

	unused unused // of a feed
}

func newBorder(p packets, host sdk.Host, t *traffic, ready func(where, whyNot string)) *border {
	l := newLink(p)
	l.received, l.sent = &t.received, &t.sent
	return &border{link: l, host: host, ready: ready, traffic: t, open: make(map[uint64]*served)}
}

// run serves the plugin until the stream ends, and returns once everything the plugin had opened is closed. The
// caller must then end the stream, which is what the writer may still be waiting for.
func (b *border) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		// A stream that cannot be written cannot be read either; read reports it.
		_ = b.link.write()
		b.link.close(errCoreGone)
	}()
	err := b.link.read(func(d delivery) error { return b.handle(ctx, d) })
	cancel()
	b.link.close(errCoreGone) // before waiting: who serves may be waiting to send
	b.serving.Wait()
	return err
}

// handle does what one frame says, without waiting. An error is a fault of the plugin, and ends the stream.
func (b *border) handle(ctx context.Context, d delivery) error {
	id := d.frame.GetId()
	switch body := d.frame.GetBody().(type) {
	case *pluginpb.Frame_Open:
		return b.begin(ctx, id, body.Open.GetWindow(), func(ctx context.Context, s *served) error {
			return b.session(ctx, s, loginOf(body.Open))
		})
	case *pluginpb.Frame_Follow:
		return b.begin(ctx, id, body.Follow.GetWindow(), func(ctx context.Context, s *served) error {
			return b.feed(ctx, s, following(body.Follow))
		})
	case *pluginpb.Frame_Snapshot:
		return b.begin(ctx, id, body.Snapshot.GetWindow(), func(ctx context.Context, s *served) error {
			return b.snapshot(ctx, s, string(body.Snapshot.GetPath()))
		})
	case *pluginpb.Frame_StatusRequest:
		return b.begin(ctx, id, 1, b.status)
	case *pluginpb.Frame_Submit:
		return b.submit(id, d)
	case *pluginpb.Frame_Credit:
		if s := b.find(id); s != nil {
			bytes := int(min(body.Credit.GetBytes(), maxFrame))
			s.down.give(bytes)
			s.unused.credit(bytes)
		}
	case *pluginpb.Frame_Close:
		if s := b.find(id); s != nil {
			s.end(sdk.ErrSessionClosed)
		}
	case *pluginpb.Frame_Ready:
		b.ready(body.Ready.GetWhere(), body.Ready.GetWhyNot())
	}
	return nil
}

func (b *border) submit(id uint64, d delivery) error {
	s := b.find(id)
	if s == nil {
		return nil
	}
	if held := s.up.put(d); held-d.cost > submitWindow {
		return fmt.Errorf("session %d: %d bytes submitted, window is %d", id, held, submitWindow)
	}
	if held := b.held.Add(int64(d.cost)); held > maxHeld {
		return fmt.Errorf("%d bytes submitted by all sessions together, at most %d", held, maxHeld)
	}
	b.traffic.operations.Add(1)
	return nil
}

// begin starts serve for a new id. What serve returns is told to the plugin as the end of the id.
func (b *border) begin(ctx context.Context, id uint64, size uint32, serve func(context.Context, *served) error) error {
	ctx, end := context.WithCancelCause(ctx)
	s := &served{id: id, end: end, down: newWindow(int(min(max(size, 1), maxWindow))), up: newInbox()}
	if err := b.enter(s); err != nil {
		end(nil)
		return err
	}
	b.serving.Go(func() {
		err := serve(ctx, s)
		end(nil)
		if err != nil {
			ended := &pluginpb.Ended{Fault: faultOf(err)}
			_ = b.tell(context.WithoutCancel(ctx), s, &pluginpb.Frame{Body: &pluginpb.Frame_Ended{Ended: ended}})
		}
		b.leave(s)
		b.held.Add(-int64(s.up.left()))
	})
	return nil
}

func (b *border) enter(s *served) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case s.id <= b.last:
		return fmt.Errorf("id %d after id %d", s.id, b.last)
	case len(b.open) >= maxOpen:
		return fmt.Errorf("more than %d sessions, feeds and requests", maxOpen)
	}
	b.last = s.id
	b.open[s.id] = s
	return nil
}

func (b *border) leave(s *served) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, s.id)
}

func (b *border) find(id uint64) *served {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[id]
}

// tell sends a frame of s that has no window.
func (b *border) tell(ctx context.Context, s *served, frame *pluginpb.Frame) error {
	frame.Id = s.id
	return b.link.tell(ctx, frame)
}

func (b *border) status(ctx context.Context, s *served) error {
	now, err := b.host.Status(ctx)
	if err != nil {
		return err
	}
	return b.tell(ctx, s, &pluginpb.Frame{Body: &pluginpb.Frame_Status{Status: status(now)}})
}
