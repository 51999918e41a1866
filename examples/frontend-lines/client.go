package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	maxLine    = 1 << 20
	writeTime  = 10 * time.Second
	goodbye    = 2 * time.Second
	pingCookie = 0 // of pings, whose answers nobody waits for
)

var errHungUp = errors.New("client hung up")

// client is one connection. Its own goroutine asks and answers; one reads the lines, one receives from the session.
type client struct {
	conn     net.Conn
	session  sdk.Session
	lines    chan string      // closed when the client has hung up
	messages chan sdk.Message // closed when the session has ended
	ping     *time.Ticker     // an operation in every third of the time-out keeps the session
	cookie   uint64           // of the last operation
}

// serve talks with one client until it hangs up, its session ends, or ctx does.
func serve(ctx context.Context, conn net.Conn, host sdk.Host) {
	defer conn.Close()
	session, err := host.Open(ctx, sdk.Login{Timeout: sessionTimeout})
	if err != nil {
		fmt.Fprintln(conn, "ERR", err)
		return
	}
	c := &client{
		conn: conn, session: session, lines: make(chan string), messages: make(chan sdk.Message),
		ping: time.NewTicker(session.Info().Timeout / 3),
	}
	defer c.ping.Stop()
	life, stop := context.WithCancel(context.WithoutCancel(ctx)) // ends after the session, which ctx does not
	defer stop()
	go c.read(life)
	go c.receive(life)
	if err := c.run(ctx); err != nil && !errors.Is(err, errHungUp) && ctx.Err() == nil {
		slog.Info("connection ended", "client", conn.RemoteAddr().String(), "error", err)
	}
	c.end(life)
}

// end ends the session at once, so that its time-out need not.
func (c *client) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	_, _ = c.call(ctx, &sdk.Op{Kind: sdk.OpCloseSession})
	_ = c.session.Close()
}

// read ends when the connection does, or with ctx.
func (c *client) read(ctx context.Context) {
	defer close(c.lines)
	scanner := bufio.NewScanner(c.conn)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		select {
		case c.lines <- scanner.Text():
		case <-ctx.Done():
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

// run takes one line after the other.
func (c *client) run(ctx context.Context) error {
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return errHungUp
			}
			if err := c.command(ctx, line); err != nil {
				return err
			}
		case _, ok := <-c.messages:
			if !ok {
				return sdk.ErrSessionClosed
			}
		case <-c.ping.C:
			if err := c.keepAlive(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *client) keepAlive(ctx context.Context) error {
	return c.session.Submit(ctx, pingCookie, &sdk.Op{Kind: sdk.OpPing})
}

// call submits an operation and waits for its answer.
func (c *client) call(ctx context.Context, op *sdk.Op) (sdk.Message, error) {
	c.cookie++
	if err := c.session.Submit(ctx, c.cookie, op); err != nil {
		return sdk.Message{}, err
	}
	for {
		select {
		case message, ok := <-c.messages:
			if !ok {
				return sdk.Message{}, sdk.ErrSessionClosed
			}
			if message.Event == nil && message.Cookie == c.cookie {
				return message, nil
			}
		case <-ctx.Done():
			return sdk.Message{}, ctx.Err()
		}
	}
}

// say writes one line.
func (c *client) say(words ...any) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(writeTime))
	_, err := fmt.Fprintln(c.conn, words...)
	return err
}
