package plugin

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/grove-coordination/grove/sdk/plugin/pluginpb"
	"google.golang.org/protobuf/proto"
)

// packets is a gRPC stream of either side. One goroutine sends while one other receives.
type packets interface {
	Send(*pluginpb.Packet) error
	Recv() (*pluginpb.Packet, error)
}

// link is one end of an Attach stream: frames from many goroutines, packed and written by one.
type link struct {
	packets packets
	wake    chan struct{} // holds a token when queue or err has changed

	received, sent *atomic.Int64 // bytes of frames

	mu     sync.Mutex // guards what follows
	queue  [][]byte   // encoded frames
	queued int        // bytes in queue
	room   chan struct{}
	err    error
}

func newLink(p packets) *link {
	return &link{
		packets: p, wake: make(chan struct{}, 1), room: make(chan struct{}), received: new(atomic.Int64), sent: new(atomic.Int64),
	}
}

// encode makes the bytes of a frame; their number is what the frame costs a window.
func encode(frame *pluginpb.Frame) ([]byte, error) {
	encoded, err := proto.Marshal(frame)
	if err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	if len(encoded) > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes, more than %d", len(encoded), maxFrame)
	}
	return encoded, nil
}

// send puts an encoded frame into the queue; it waits while the queue is full. The error is that of close, or what
// ctx says; then the frame was not sent.
func (l *link) send(ctx context.Context, encoded []byte) error {
	for {
		room, err := l.put(encoded)
		if room == nil || err != nil {
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// put returns a channel to wait for when the queue is full, nil when the frame is in it.
func (l *link) put(encoded []byte) (<-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	if l.queued >= maxQueued {
		return l.room, nil
	}
	l.queue = append(l.queue, encoded)
	l.queued += len(encoded)
	l.sent.Add(int64(len(encoded)))
	nudge(l.wake)
	return nil, nil
}

// tell sends a small frame that has no window of its own.
func (l *link) tell(ctx context.Context, frame *pluginpb.Frame) error {
	encoded, err := encode(frame)
	if err != nil {
		return err
	}
	return l.send(ctx, encoded)
}

// close ends write once the queue is empty, and makes every later send return err.
func (l *link) close(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	close(l.room)
	nudge(l.wake)
}

// take waits for frames; none says that the link is closed.
func (l *link) take() [][]byte {
	for {
		l.mu.Lock()
		frames, err := l.queue, l.err
		l.queue, l.queued = nil, 0
		if len(frames) > 0 && err == nil {
			close(l.room)
			l.room = make(chan struct{})
		}
		l.mu.Unlock()
		if len(frames) > 0 || err != nil {
			return frames
		}
		<-l.wake
	}
}

// write sends what is queued until the link is closed or the stream fails.
func (l *link) write() error {
	for {
		frames := l.take()
		if len(frames) == 0 {
			return nil
		}
		for packet := range pack(frames) {
			if err := l.packets.Send(packet); err != nil {
				return err
			}
		}
	}
}

// read hands every frame to handle, which must not wait, until the stream ends or handle finds a fault in it.
func (l *link) read(handle func(delivery) error) error {
	var whole assembly
	for {
		packet, err := l.packets.Recv()
		if err != nil {
			return err
		}
		if err := whole.add(packet, func(encoded []byte) error {
			l.received.Add(int64(len(encoded)))
			return open(encoded, handle)
		}); err != nil {
			return err
		}
	}
}

func open(encoded []byte, handle func(delivery) error) error {
	frame := new(pluginpb.Frame)
	if err := proto.Unmarshal(encoded, frame); err != nil {
		return fmt.Errorf("decode frame: %w", err)
	}
	return handle(delivery{frame: frame, cost: len(encoded)})
}
