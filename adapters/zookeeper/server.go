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

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
	"github.com/grove-coordination/grove/sdk"
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
	cfg   Config
	log   *slog.Logger
	words map[string]bool // four-letter words that are answered
	users *sasl.Server

	complaints complaints
	trouble    trouble
	inspecting sync.Mutex // held by the one four-letter word that lists what the host holds

	mu        sync.Mutex     // guards all below
	where     string         // what it listens on; "" for not (any more)
	since     time.Time      // it listens
	conns     map[*conn]bool // that are open: false for one that only takes its time to close
	addresses map[string]int // connections of each
	gone      tally          // of connections that are closed, since srst
}

// New makes a Server; nothing listens before Serve.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{
		cfg: cfg, log: cfg.Logger.With("room", "adapters/zookeeper"), words: allowed(&cfg), users: sasl.NewServer(cfg.Users),
	}
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

func (s *Server) startedAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.since
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
	s.where, s.since = listener.Addr().String(), time.Now()
	s.conns, s.addresses = make(map[*conn]bool), make(map[string]int)
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
	c := newConn(s, socket)
	if err := s.enter(c); err != nil {
		s.tell(ctx, c, "connection refused", err)
		return
	}
	defer s.leave(c)
	s.tell(ctx, c, "connection closed", c.serve(ctx, host))
}

// Why a connection is not served.
var (
	errHungUp  = errors.New("the server stops")
	errTooMany = errors.New("too many connections")
)

// enter notes an open connection, or says why it is not wanted.
func (s *Server) enter(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch most, each := s.cfg.MaxConnections, s.cfg.MaxPerAddress; {
	case s.conns == nil:
		return errHungUp
	case most > 0 && len(s.conns) >= most:
		return fmt.Errorf("%w: %d in all", errTooMany, most)
	case each > 0 && s.addresses[c.address] >= each:
		return fmt.Errorf("%w: %d from one address", errTooMany, each)
	}
	s.conns[c] = true
	s.addresses[c.address]++
	s.cfg.Metrics.Connections.Add(1)
	return nil
}

func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addresses[c.address]--; s.addresses[c.address] == 0 {
		delete(s.addresses, c.address)
	}
	delete(s.conns, c)
	c.record.sumUp(&s.gone)
	s.cfg.Metrics.Connections.Add(-1)
}

// hangUp closes the listener, then every connection. Nothing is open after it.
func (s *Server) hangUp(listener net.Listener) {
	listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.socket.Close()
	}
	s.conns, s.where = nil, ""
}
