package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

const (
	maxClients     = 1000
	sessionTimeout = 10 * time.Second
)

// Redis is the frontend. Each connection is a client with a session of its own.
type Redis struct {
	settings settings

	mu    sync.Mutex // guards where
	where string     // it listens, "" while it does not
}

type settings struct {
	Listen string `json:"listen"`
	Root   string `json:"root"` // node below which the keys are
}

var (
	_ sdk.Frontend   = (*Redis)(nil)
	_ sdk.Configurer = (*Redis)(nil)
	_ sdk.Readier    = (*Redis)(nil)
)

// New returns the frontend with its default settings.
func New() *Redis { return &Redis{settings: settings{Listen: "127.0.0.1:6379", Root: "/"}} }

// Name implements sdk.Frontend.
func (r *Redis) Name() string { return "redis" }

// Configure implements sdk.Configurer.
func (r *Redis) Configure(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r.settings); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(r.settings.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := sdk.ValidatePath(r.settings.Root); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	return nil
}

// Ready implements sdk.Readier.
func (r *Redis) Ready() (where string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.where == "" {
		return "", errors.New("not listening")
	}
	return r.where, nil
}

func (r *Redis) tell(where string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.where = where
}

// Serve implements sdk.Frontend: it accepts until ctx ends, and returns when the last connection is closed.
func (r *Redis) Serve(ctx context.Context, host sdk.Host) error {
	listener, err := net.Listen("tcp", r.settings.Listen)
	if err != nil {
		return err
	}
	r.tell("redis://" + listener.Addr().String())
	defer r.tell("")
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()

	var clients sync.WaitGroup
	defer clients.Wait()
	places := make(chan struct{}, maxClients)
	for {
		select {
		case places <- struct{}{}: // further clients wait in the listener's queue
		case <-ctx.Done():
			return nil
		}
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			defer func() { <-places }()
			serve(ctx, conn, host, keys{r.settings.Root})
		})
	}
}
