package zookeeper_test

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/adapters/zookeeper"
	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// loop is a connection without a network: what is put in the server reads, and what it writes is counted.
type loop struct {
	in      chan []byte
	unread  []byte
	written chan int
	writes  atomic.Int64
}

var _ net.Conn = (*loop)(nil)

// looped is a loop with a session on a node that has /a, of 100 bytes.
func looped(t testing.TB) *loop {
	t.Helper()
	pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	serving(t, core.Config{MaxTimeout: time.Hour}, zookeeper.Config{Listener: pipes, WriteTimeout: time.Hour})
	l := &loop{in: make(chan []byte, 1), written: make(chan int, 1<<16)}
	t.Cleanup(func() { close(l.in) })
	pipes.conns <- l
	l.exchange(wire.AppendConnectRequest(nil, &wire.ConnectRequest{TimeoutMillis: 3_600_000}), 41)
	frame, err := wire.AppendRequest(nil, 1, &sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: make([]byte, 100), ACL: sdk.OpenACL()})
	if err != nil {
		t.Fatal(err)
	}
	l.exchange(frame, 4+16+4+2)
	return l
}

// exchange has the server read frames, and waits until it has written so many bytes.
func (l *loop) exchange(frames []byte, bytes int) {
	l.in <- frames
	for bytes > 0 {
		bytes -= <-l.written
	}
}

func (l *loop) Read(p []byte) (int, error) {
	if len(l.unread) == 0 {
		more, open := <-l.in
		if !open {
			return 0, io.EOF
		}
		l.unread = more
	}
	n := copy(p, l.unread)
	l.unread = l.unread[n:]
	return n, nil
}

func (l *loop) Write(p []byte) (int, error) {
	l.writes.Add(1)
	l.written <- len(p)
	return len(p), nil
}

func (l *loop) Close() error                     { return nil }
func (l *loop) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (l *loop) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (l *loop) SetDeadline(time.Time) error      { return nil }
func (l *loop) SetReadDeadline(time.Time) error  { return nil }
func (l *loop) SetWriteDeadline(time.Time) error { return nil }

// reads are the frames of getData requests, and how long their replies are together.
func reads(t testing.TB, n int) (frames []byte, replies int) {
	t.Helper()
	for range n {
		var err error
		if frames, err = wire.AppendRequest(frames, 1, &sdk.Op{Kind: sdk.OpGetData, Path: "/a"}); err != nil {
			t.Fatal(err)
		}
	}
	return frames, n * (4 + 16 + 4 + 100 + 68)
}

// TestReadsDoNotAllocate: a read that is answered from memory costs the collector nothing, from its frame to its reply.
func TestReadsDoNotAllocate(t *testing.T) {
	l := looped(t)
	const window = 1000
	frames, replies := reads(t, window)
	l.exchange(frames, replies) // which makes room
	got := testing.AllocsPerRun(20, func() { l.exchange(frames, replies) })
	if got > window/10 { // what pools lose, more of it with the race detector
		t.Errorf("%v allocations for %d reads", got, window)
	}
}

// TestManyRepliesOneWrite: what was asked together is answered together.
func TestManyRepliesOneWrite(t *testing.T) {
	l := looped(t)
	const window = 1024
	frames, replies := reads(t, window)
	l.exchange(frames, replies)
	before := l.writes.Load()
	l.exchange(frames, replies)
	if got := l.writes.Load() - before; got > window/64 {
		t.Errorf("%d writes for %d replies", got, window)
	}
}

// BenchmarkPath is a read from its frame to its reply on a node as it is, without a network.
func BenchmarkPath(b *testing.B) {
	for _, window := range []int{1, 32, 1024} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			l := looped(b)
			frames, replies := reads(b, window)
			b.ReportAllocs()
			before := l.writes.Load()
			asked := 0
			for b.Loop() {
				if asked++; asked%window == 0 {
					l.exchange(frames, replies)
				}
			}
			b.ReportMetric(float64(l.writes.Load()-before)/float64(b.N), "writes/op")
		})
	}
}
