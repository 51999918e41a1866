package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/grove-coordination/grove/sdk"
)

// ErrClosed is returned by calls after Close.
var ErrClosed = errors.New("client is closed")

// Client is one session. All methods may be called by many goroutines at once.
type Client struct {
	dialer *dialer
	memory *memory
	stop   context.CancelFunc // ends run
	done   chan struct{}      // closed when run has ended

	mu      sync.Mutex    // guards what follows
	conn    *conn         // nil while there is none
	changed chan struct{} // closed, and made anew, whenever conn or closing changes
	closing bool
	err     error // why the session is over, set before done is closed
}

// Dial opens a session. It gives up at once when nobody listens at any of the addresses; while servers are there but
// give no session, as without a quorum, it tries until ctx ends. The session outlives ctx.
func Dial(ctx context.Context, config Config) (*Client, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		memory:  newMemory(),
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	c.dialer = newDialer(config, c.memory)
	first, err := c.dialer.connect(ctx, true)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.attach(first)
	go c.run(life, first)
	return c, nil
}

// run serves one connection after another, the attached one first, until the session is over. It is the goroutine
// that reads.
func (c *Client) run(ctx context.Context, conn *conn) {
	for {
		err := conn.serve(ctx, c.memory)
		c.attach(nil)
		if err == nil {
			conn, err = c.dialer.connect(ctx, false)
		}
		if err != nil {
			c.end(err)
			return
		}
		c.attach(conn)
	}
}

// attach shows the connection, or that there is none, to the calls that wait.
func (c *Client) attach(conn *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	c.wake()
}

// wake tells the calls that wait to look again. The caller holds mu.
func (c *Client) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Client) end(err error) {
	c.mu.Lock()
	if c.closing {
		err = ErrClosed
	}
	c.err = err
	c.mu.Unlock()
	c.stop()
	c.memory.watches.close()
	close(c.done)
}

// connection waits for one.
func (c *Client) connection(ctx context.Context) (*conn, error) {
	for {
		c.mu.Lock()
		conn, changed, closing := c.conn, c.changed, c.closing
		c.mu.Unlock()
		switch {
		case closing:
			return nil, ErrClosed
		case conn != nil:
			return conn, nil
		}
		select {
		case <-changed:
		case <-c.done:
			return nil, c.Err()
		case <-ctx.Done():
			return nil, fmt.Errorf("not connected: %w", ctx.Err())
		}
	}
}

// do sends one operation, once, and waits for its reply. A watch, when there is one, is set if the reply says so.
func (c *Client) do(ctx context.Context, op *sdk.Op, watch *Watch) (sdk.Message, error) {
	for {
		conn, err := c.connection(ctx)
		if err != nil {
			return sdk.Message{}, failure(op, err)
		}
		call, err := conn.send(op, watch)
		switch {
		case errors.Is(err, errBroken): // nothing was sent
			c.lost(ctx, conn)
			continue
		case err != nil:
			return sdk.Message{}, failure(op, err)
		}
		m, err := call.wait(ctx)
		return m, failure(op, err)
	}
}

// lost waits until the broken connection is no longer the one in use.
func (c *Client) lost(ctx context.Context, broken *conn) {
	for {
		c.mu.Lock()
		conn, changed := c.conn, c.changed
		c.mu.Unlock()
		if conn != broken {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// SessionID is the number of the session, which is the owner of its ephemeral nodes.
func (c *Client) SessionID() int64 { return c.dialer.sessionID() }

// Done is closed when the session is over.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err tells why the session is over: ErrClosed, sdk.CodeSessionExpired or sdk.CodeAuthFailed. It is nil before that.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the session, with its ephemeral nodes and watches, behind the calls already made. The error says that
// the server did not confirm it; then the session ends by its time-out. A closed client stays closed: closing it
// again does nothing.
func (c *Client) Close() error {
	conn, first := c.shut()
	if !first {
		<-c.done
		return nil
	}
	err := c.closeSession(conn)
	c.stop()
	<-c.done
	return err
}

// shut refuses further calls.
func (c *Client) shut() (conn *conn, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first = !c.closing && c.err == nil
	if first {
		c.closing = true
		c.wake()
	}
	return c.conn, first
}

func (c *Client) closeSession(conn *conn) error {
	op := &sdk.Op{Kind: sdk.OpCloseSession}
	if conn == nil {
		return failure(op, sdk.CodeConnectionLoss)
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	call, err := conn.send(op, nil)
	if err == nil {
		_, err = call.wait(ctx)
	}
	return failure(op, err)
}
