package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const reconnectWait = 250 * time.Millisecond

// broker is the NATS server that changes are published to.
type broker struct {
	conn    *nats.Conn
	answers *nats.Conn // on which requests come: who asks says where the reply is published
	js      jetstream.JetStream
	address func() string // what people connect to
	close   func()
}

// connect connects to the server that is named, which may be away at the time; or it starts the embedded one.
func (f *Frontend) connect() (*broker, error) {
	if f.settings.URL == "" {
		return f.embed()
	}
	conn, err := nats.Connect(f.settings.URL, append(f.options(slog.LevelWarn), f.settings.loginOptions()...)...)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	return &broker{conn: conn, answers: conn, address: conn.ConnectedUrlRedacted, close: conn.Close}, nil
}

// embed starts the embedded server and connects to it twice: as the adapter, which publishes, and as one of those who may
// not, to answer requests. So no request has its reply published among the changes.
func (f *Frontend) embed() (*broker, error) {
	access, err := newAccess()
	if err != nil {
		return nil, err
	}
	e, err := startEmbedded(f.settings, access.restrict(f.settings), f.log)
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect("", append(f.options(slog.LevelWarn), nats.InProcessServer(e), access.login())...)
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	answers, err := nats.Connect("", append(f.options(slog.LevelDebug), nats.InProcessServer(e))...)
	if err != nil {
		conn.Close()
		e.stop()
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	address := "nats://" + e.Addr().String()
	f.log.Info("embedded server runs", "listen", address, "store", f.settings.StoreDir)
	return &broker{
		conn: conn, answers: answers, address: func() string { return address },
		close: func() { answers.Close(); conn.Close(); e.stop() },
	}, nil
}

// connected returns a context that ends with the connection, as a server that comes back may have lost its tail: the
// place must be read again. The caller releases it.
func (b *broker) connected(ctx context.Context) (life context.Context, release func(), err error) {
	lost := b.conn.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	if !b.conn.IsConnected() {
		b.conn.RemoveStatusListener(lost)
		return nil, nil, fmt.Errorf("not connected: %w", cmp.Or(b.conn.LastError(), nats.ErrNoServers))
	}
	life, end := context.WithCancelCause(ctx)
	go func() { // ends with life, or when the listener is removed
		select {
		case <-lost:
			end(errDisconnected)
		case <-life.Done():
		}
	}()
	return life, func() { end(nil); b.conn.RemoveStatusListener(lost) }, nil
}

var errDisconnected = errors.New("disconnected from the server")

// options are those of every connection; the log has at level what the server says of what it refuses.
func (f *Frontend) options(level slog.Level) []nats.Option {
	say := func(_ *nats.Conn, _ *nats.Subscription, err error) {
		f.log.Log(context.Background(), level, "connection", "error", err)
	}
	return []nats.Option{
		nats.Name("grove"), nats.ErrorHandler(say), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.RetryOnFailedConnect(true),
		nats.IgnoreAuthErrorAbort(), // somebody will put the password right
		nats.ReconnectBufSize(-1),   // nothing waits for a connection: it would be sent after what was decided since
	}
}
