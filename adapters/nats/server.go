package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	embeddedPayload = 8 << 20 // larger than any node the tree takes, so that no body is cut
	embeddedSync    = 5 * time.Second
	embeddedStart   = 10 * time.Second
)

// embedded is a NATS server with JetStream inside this process. What it has acknowledged survives a kill of the
// process; after a power cut the last seconds may be missing, and are published again.
type embedded struct {
	*server.Server
	lock *lock
}

// startEmbedded starts the server, with what change does to its options, and waits until it serves.
func startEmbedded(s Settings, change func(*server.Options), log *slog.Logger) (*embedded, error) {
	options, err := embeddedOptions(s)
	if err != nil {
		return nil, err
	}
	change(options)
	lock := &lock{} // of nothing, as plain NATS stores nothing
	if s.JetStream {
		if lock, err = lockDir(s.StoreDir); err != nil {
			return nil, fmt.Errorf("store_dir: %w", err)
		}
	}
	ns, err := server.NewServer(options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded server: %w", err), lock.release())
	}
	fatal := make(chan string, 1)
	ns.SetLoggerV2(&serverLog{log: log.With("part", "server"), fatal: fatal}, false, false, false)
	e := &embedded{Server: ns, lock: lock}
	if err := e.start(fatal); err != nil {
		e.stop()
		return nil, fmt.Errorf("embedded server: %w", err)
	}
	return e, nil
}

func embeddedOptions(s Settings) (*server.Options, error) {
	host, text, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("listen %q: no port number", s.Listen)
	}
	options := &server.Options{
		ServerName: "grove", Host: host, Port: int(port), NoSigs: true, MaxPayload: embeddedPayload,
		JetStream: s.JetStream, StoreDir: s.StoreDir, SyncInterval: embeddedSync, DisableJetStreamBanner: true,
	}
	if port == 0 {
		options.Port = server.RANDOM_PORT
	}
	return options, nil
}

// start returns once the server serves, or with what it calls fatal. It takes as long as the streams take to be
// looked through.
func (e *embedded) start(fatal <-chan string) error {
	e.Start()
	select {
	case text := <-fatal:
		return errors.New(text)
	default:
	}
	if !e.ReadyForConnections(embeddedStart) {
		return fmt.Errorf("does not serve after %v", embeddedStart)
	}
	return nil
}

// stop ends the server; what it has stored is on disk.
func (e *embedded) stop() {
	e.Shutdown()
	e.WaitForShutdown()
	_ = e.lock.release()
}

// serverLog gives what the embedded server says to the log, and what it would exit for to who has started it.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- string
	last  atomic.Int64 // when something worth a warning was last said, Unix nanoseconds
}

var _ server.Logger = (*serverLog)(nil)

func (l *serverLog) say(level slog.Level, format string, v []any) {
	if level >= slog.LevelWarn && !l.worth(time.Now()) {
		level = slog.LevelDebug
	}
	text := format // of which the server has made a text before, when there is nothing to put in
	if len(v) > 0 {
		text = fmt.Sprintf(format, v...)
	}
	l.log.Log(context.Background(), level, text)
}

// worth limits what strangers can have said of them: one line a second.
func (l *serverLog) worth(now time.Time) bool {
	last := l.last.Load()
	return now.UnixNano()-last >= int64(time.Second) && l.last.CompareAndSwap(last, now.UnixNano())
}

func (l *serverLog) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.say(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.say(slog.LevelError, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }

func (l *serverLog) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}
