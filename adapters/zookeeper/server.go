package zookeeper

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// Waits between attempts to accept after one that failed, as when the process has no file descriptor left.
const (
	firstAcceptWait = 5 * time.Millisecond
	lastAcceptWait  = time.Second
)

var (
	_ sdk.Frontend = (*Server)(nil)
	_ sdk.Readier  = (*Server)(nil)
)

// Server is the ZooKeeper frontend. Make it with New.
type Server struct {
	cfg Config
	log *slog.Logger

	mu      sync.Mutex // guards all below
	where   string     // what it listens on; "" for not (any more)
	sockets map[net.Conn]struct{}
}

// New makes a Server; nothing listens before Serve.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{cfg: cfg, log: cfg.Logger.With("room", "adapters/zookeeper")}
}

// Name is "zookeeper".
func (s *Server) Name() string { return "zookeeper" }

// Ready implements sdk.Readier. Where is the host:port that clients connect to.
func (s *Server) Ready() (where string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.where == "" {
		return "", errors.New("zookeeper: not listening")
	}
	return s.where, nil
}

// Serve implements sdk.Frontend. It is called once.
func (s *Server) Serve(ctx context.Context, host sdk.Host) error {
	listener, err := s.listen(ctx)
	if err != nil {
		return fmt.Errorf("zookeeper: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		<-ctx.Done()
		s.hangUp(listener)
	})
	err = s.accept(ctx, listener, func(socket net.Conn) {
		running.Go(func() { s.serve(ctx, host, socket) })
	})
	cancel()
	running.Wait()
	return err
}

func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	listener := s.cfg.Listener
	if listener == nil {
		var err error
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.cfg.Listen); err != nil {
			return nil, err
		}
	}
	if s.cfg.TLS != nil {
		listener = tls.NewListener(listener, s.cfg.TLS)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where = listener.Addr().String()
	s.sockets = make(map[net.Conn]struct{})
	return listener, nil
}

// accept gives each connection to serve until ctx ends. What fails meanwhile is tried again: a lack of descriptors
// passes, and must not take the server down.
func (s *Server) accept(ctx context.Context, listener net.Listener, serve func(net.Conn)) error {
	wait := firstAcceptWait
	for {
		socket, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				socket.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("zookeeper: accept: %w", err)
		case err != nil:
			s.log.Warn("accept", "err", err, "again", wait)
			pause(ctx, wait)
			wait = min(2*wait, lastAcceptWait)
		default:
			wait = firstAcceptWait
			serve(socket)
		}
	}
}

// pause waits for d or for the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// serve runs one connection to its end.
func (s *Server) serve(ctx context.Context, host sdk.Host, socket net.Conn) {
	defer socket.Close()
	if !s.enter(socket) {
		return
	}
	defer s.leave(socket)
	err := newConn(s, socket).serve(ctx, host)
	level := slog.LevelDebug
	if frame := new(wire.FrameError); errors.As(err, &frame) || errors.Is(err, wire.ErrMalformed) {
		level = slog.LevelWarn
	}
	s.log.Log(ctx, level, "connection closed", "remote", socket.RemoteAddr(), "why", err)
}

// enter notes an open socket, or reports that the server has hung up.
func (s *Server) enter(socket net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets == nil {
		return false
	}
	s.sockets[socket] = struct{}{}
	s.cfg.Metrics.Connections.Add(1)
	return true
}

func (s *Server) leave(socket net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, socket)
	s.cfg.Metrics.Connections.Add(-1)
}

// hangUp closes the listener, then every connection. Nothing is open after it.
func (s *Server) hangUp(listener net.Listener) {
	listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for socket := range s.sockets {
		socket.Close()
	}
	s.sockets, s.where = nil, ""
}
