package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	writeTime = 10 * time.Second
	goodbye   = 2 * time.Second
)

var errQuit = errors.New("client said goodbye")

// request is one command of the client, or why there are no more.
type request struct {
	words []string
	err   error
}

// client is one connection. Its own goroutine works and answers; one reads the commands, one receives from the
// session, and one follows the feed once the client has subscribed. All of them end with serve.
type client struct {
	conn    net.Conn
	out     *bufio.Writer
	host    sdk.Host
	session sdk.Session
	keys    keys

	requests chan request
	messages chan sdk.Message // closed when the session has ended
	ping     *time.Ticker     // an operation in every third of the time-out keeps the session
	cookie   uint64           // of the last operation

	batch *batch        // between MULTI and EXEC, else nil
	subs  subscriptions // what the client listens to

	watched watched // for the next EXEC
}

// serve talks with one client until it hangs up, its session ends, or ctx does.
func serve(ctx context.Context, conn net.Conn, host sdk.Host, k keys) {
	defer conn.Close()
	session, err := host.Open(ctx, sdk.Login{Timeout: sessionTimeout})
	if err != nil {
		_, _ = conn.Write(failure("ERR " + err.Error()))
		return
	}
	c := &client{
		conn: conn, out: bufio.NewWriter(conn), host: host, session: session, keys: k,
		requests: make(chan request, 4), messages: make(chan sdk.Message, asked*atOnce),
		ping: time.NewTicker(session.Info().Timeout / 3),
	}
	defer c.ping.Stop()
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // ends after the session, which ctx does not
	defer stop()
	go c.read(life)
	go c.receive(life)
	if err := c.run(ctx); expected(err) || ctx.Err() != nil {
		slog.Debug("connection ended", "client", conn.RemoteAddr().String(), "error", err)
	} else {
		slog.Info("connection ended", "client", conn.RemoteAddr().String(), "error", err)
	}
	c.end(life)
}

func expected(err error) bool {
	return errors.Is(err, errQuit) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET)
}

// end ends the session at once, so that its time-out need not, and the feed.
func (c *client) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	c.subs.close()
	_, _ = c.call(ctx, sdk.Op{Kind: sdk.OpCloseSession})
	_ = c.session.Close()
}

// read ends when the connection does, or with ctx.
func (c *client) read(ctx context.Context) {
	in := newRequests(c.conn)
	for {
		words, err := in.next()
		select {
		case c.requests <- request{words, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// receive ends when the session does, or with ctx.
func (c *client) receive(ctx context.Context) {
	defer close(c.messages)
	got := make([]sdk.Message, 16)
	for {
		n, err := c.session.Next(ctx, got)
		for _, message := range got[:n] {
			select {
			case c.messages <- message:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// run does one command after the other, and tells what is new.
func (c *client) run(ctx context.Context) error {
	for {
		if len(c.requests) == 0 { // answers to what came together go together
			if err := c.flush(); err != nil {
				return err
			}
		}
		var err error
		select {
		case r := <-c.requests:
			err = c.handle(ctx, r)
		case news := <-c.subs.news:
			err = c.notify(news)
		case _, ok := <-c.messages:
			if !ok {
				err = sdk.ErrSessionClosed
			}
		case <-c.ping.C:
			_, err = c.call(ctx, sdk.Op{Kind: sdk.OpPing})
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return errors.Join(err, c.flush())
		}
	}
}

func (c *client) flush() error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTime))
	return c.out.Flush()
}

// say answers. A client that does not read is given up when the buffer is full.
func (c *client) say(r reply) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := c.out.Write(r)
	return err
}

// call submits operations and waits for their answers. There must not be more than fit into messages.
func (c *client) call(ctx context.Context, ops ...sdk.Op) ([]sdk.Message, error) {
	first := c.cookie + 1
	for i := range ops {
		c.cookie++
		if err := c.session.Submit(ctx, c.cookie, &ops[i]); err != nil {
			return nil, err
		}
	}
	replies := make([]sdk.Message, 0, len(ops))
	for len(replies) < len(ops) {
		select {
		case m, ok := <-c.messages:
			if !ok {
				return nil, sdk.ErrSessionClosed
			}
			if m.Cookie >= first {
				replies = append(replies, m)
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return replies, nil
}
