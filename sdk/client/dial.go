package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// dialer makes connections for one session. One goroutine at a time uses it.
type dialer struct {
	config Config
	memory *memory
	next   int // server to try

	mu      sync.Mutex // guards session for those who ask its number
	session sdk.SessionInfo
}

func newDialer(config Config, memory *memory) *dialer {
	config.Servers = slices.Clone(config.Servers)
	rand.Shuffle(len(config.Servers), func(i, j int) {
		config.Servers[i], config.Servers[j] = config.Servers[j], config.Servers[i]
	})
	return &dialer{config: config, memory: memory}
}

func (d *dialer) sessionID() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session.ID
}

// connect tries the servers in turn, with growing pauses between the rounds, until one gives the session or says that
// it is gone, or ctx ends. With giveUp it also ends after a round in which nobody even listened.
func (d *dialer) connect(ctx context.Context, giveUp bool) (*conn, error) {
	for wait := firstPause; ; wait = min(2*wait, longPause) {
		conn, deaf, err := d.round(ctx)
		switch {
		case err == nil:
			return conn, nil
		case errors.Is(err, sdk.CodeSessionExpired), giveUp && deaf:
			return nil, err
		}
		pause(ctx, wait/2+rand.N(wait/2))
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w; last: %w", ctx.Err(), err)
		}
	}
}

// round tries every server once. Deaf means that not one took a connection.
func (d *dialer) round(ctx context.Context) (c *conn, deaf bool, err error) {
	deaf = true
	for range d.config.Servers {
		server := d.config.Servers[d.next]
		d.next = (d.next + 1) % len(d.config.Servers)
		nc, dialErr := d.dial(ctx, server)
		if dialErr != nil {
			err = fmt.Errorf("connect to %s: %w", server, dialErr)
			continue
		}
		deaf = false
		if c, err = d.login(ctx, nc); err == nil {
			return c, false, nil
		}
		nc.Close()
		err = fmt.Errorf("connect to %s: %w", server, err)
		if errors.Is(err, sdk.CodeSessionExpired) {
			break
		}
	}
	return nil, deaf, err
}

// patience is how long one server may take over one step of the way to a session.
func (d *dialer) patience() time.Duration {
	return max(minAttempt, d.config.Timeout/time.Duration(len(d.config.Servers)))
}

func (d *dialer) dial(ctx context.Context, server string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: d.patience()}
	if d.config.TLS == nil {
		return plain.DialContext(ctx, "tcp", server)
	}
	secure := &tls.Dialer{NetDialer: plain, Config: d.config.TLS}
	return secure.DialContext(ctx, "tcp", server)
}

// login asks for the session on a fresh connection, a new one the first time.
func (d *dialer) login(ctx context.Context, nc net.Conn) (*conn, error) {
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	line := &patient{Conn: nc, limit: d.patience()}
	if _, err := line.Write(wire.AppendConnectRequest(nil, d.request())); err != nil {
		return nil, err
	}
	frames := wire.NewReader(line, replyLimit)
	body, err := frames.Next()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSession, err)
	}
	var answer wire.ConnectResponse
	if err := wire.DecodeConnectResponse(body, &answer); err != nil {
		return nil, err
	}
	if answer.TimeoutMillis <= 0 {
		return nil, sdk.CodeSessionExpired
	}
	timeout := d.agree(&answer)
	line.limit = timeout * 2 / 3
	return d.prime(newConn(line, frames, timeout)), nil
}

func (d *dialer) request() *wire.ConnectRequest {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &wire.ConnectRequest{
		LastZxidSeen:  d.memory.zxid.Load(),
		TimeoutMillis: int32(min(d.config.Timeout.Milliseconds(), math.MaxInt32)),
		SessionID:     d.session.ID,
		Password:      d.session.Password[:],
	}
}

func (d *dialer) agree(answer *wire.ConnectResponse) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = sdk.SessionInfo{
		ID:       answer.SessionID,
		Password: answer.Password,
		Timeout:  time.Duration(answer.TimeoutMillis) * time.Millisecond,
	}
	return d.session.Timeout
}

// prime puts in line what comes before any call: who we are, and what we watched on the connection before.
func (d *dialer) prime(c *conn) *conn {
	for _, a := range d.config.Auth {
		c.prime(wire.XidAuth, &sdk.Op{Kind: sdk.OpAuth, Scheme: a.Scheme, Data: a.Secret})
	}
	for _, w := range d.memory.watches.batches(d.memory.zxid.Load()) {
		c.prime(wire.XidSetWatches, &sdk.Op{Kind: sdk.OpSetWatches, Watches: w})
	}
	return c
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
