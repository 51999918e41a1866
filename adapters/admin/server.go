package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/grove-coordination/grove/sdk"
)

var (
	_ sdk.Frontend = (*Server)(nil)
	_ sdk.Readier  = (*Server)(nil)
)

// Server is the admin frontend. Make it with New.
type Server struct {
	cfg Config
	log *slog.Logger

	mu    sync.Mutex // guards where
	where string     // what it listens on; "" for not (any more)
}

// New makes a Server; nothing listens before Serve.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	return &Server{cfg: cfg, log: cfg.Logger.With("room", "adapters/admin")}
}

// Name is "admin".
func (s *Server) Name() string { return "admin" }

// Ready implements sdk.Readier. Where is a URL.
func (s *Server) Ready() (where string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.where == "" {
		return "", errors.New("admin: not listening")
	}
	return "http://" + s.where, nil
}

func (s *Server) listens(where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where = where
}

// Serve implements sdk.Frontend. It is called once.
func (s *Server) Serve(ctx context.Context, host sdk.Host) error {
	listener, err := s.listen(ctx)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	server := &http.Server{
		Handler:           s.pages(host),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerLimit,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.listens(listener.Addr().String())
	defer s.listens("")

	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		s.end(server)
	})
	err = server.Serve(listener)
	if stop() { // nobody asked for the end
		return errors.Join(fmt.Errorf("admin: %w", err), server.Close())
	}
	<-ended
	return nil
}

func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	if s.cfg.Listener != nil {
		return s.cfg.Listener, nil
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", s.cfg.Listen)
}

// end lets answers under way finish, but not for ever.
func (s *Server) end(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		s.log.Warn("answers cut short", "err", err, "close", server.Close())
	}
}
