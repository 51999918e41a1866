package trace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Config says where to stand, and how to print.
type Config struct {
	Listener net.Listener // for the clients; Run closes it
	To       string       // host:port of the server
	Out      io.Writer    // gets whole lines, one at a time
	Data     int          // bytes of a node's data that are shown
	JSON     bool         // lines are objects: seconds, connection, from, kind, xid, code, text
}

// Run passes on and prints until ctx ends, which is no error, or the listener or the output fails.
func Run(ctx context.Context, config Config) error {
	start := time.Now()
	p := &proxy{
		Config: config,
		scribe: &scribe{json: config.JSON, out: config.Out, since: func() time.Duration { return time.Since(start) }},
	}
	ctx, p.stop = context.WithCancelCause(ctx)
	p.scribe.failed = p.stop
	defer p.stop(nil)
	closing := context.AfterFunc(ctx, func() { config.Listener.Close() })
	defer closing()
	err := p.accept(ctx)
	p.stop(err)
	p.connections.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// proxy is one run.
type proxy struct {
	Config
	scribe      *scribe
	stop        context.CancelCauseFunc
	connections sync.WaitGroup
}

// accept takes connections until the listener is closed.
func (p *proxy) accept(ctx context.Context) error {
	for number := 1; ; number++ {
		client, err := p.Listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				client.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		p.connections.Go(func() { p.serve(ctx, number, client) })
	}
}

// serve passes on one connection until both sides have ended, or ctx does.
func (p *proxy) serve(ctx context.Context, number int, client net.Conn) {
	defer client.Close()
	said := newConversation(p.scribe, number, p.Data)
	said.note("open from %s", client.RemoteAddr())
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.To)
	if err != nil {
		said.note("no server: %v", err)
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { client.Close(); server.Close() })
	defer stop()
	var back sync.WaitGroup
	back.Go(func() {
		p.pass(ctx, client, server, said, fromServer, said.heardServer)
	})
	p.pass(ctx, server, client, said, fromClient, said.heardClient)
	back.Wait()
}

// pass copies one direction until its source ends, and tells the other side that it did. When something is wrong both
// are cut.
func (p *proxy) pass(ctx context.Context, to, from net.Conn, said *conversation, who string, heard func([]byte)) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		heard(buf[:n])
		if _, lost := to.Write(buf[:n]); err == nil {
			err = lost
		}
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
			said.ended(who, err)
		}
		if half, ok := to.(*net.TCPConn); ok && err == nil {
			_ = half.CloseWrite() // the other side may have gone already
			return
		}
		from.Close()
		to.Close()
		return
	}
}
