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

// lines is the frontend. Each connection is a client with a session of its own.
type lines struct {
	settings settings

	mu    sync.Mutex // guards where
	where string     // it listens, "" while it does not
}

type settings struct {
	Listen string `json:"listen"`
}

var (
	_ sdk.Frontend   = (*lines)(nil)
	_ sdk.Configurer = (*lines)(nil)
	_ sdk.Readier    = (*lines)(nil)
)

// Name implements sdk.Frontend.
func (l *lines) Name() string { return "lines" }

// Configure implements sdk.Configurer.
func (l *lines) Configure(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l.settings); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(l.settings.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// Ready implements sdk.Readier.
func (l *lines) Ready() (where string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.where == "" {
		return "", errors.New("not listening")
	}
	return l.where, nil
}

func (l *lines) tell(where string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.where = where
}

// Serve implements sdk.Frontend: it accepts until ctx ends, and returns when the last connection is closed.
func (l *lines) Serve(ctx context.Context, host sdk.Host) error {
	listener, err := net.Listen("tcp", l.settings.Listen)
	if err != nil {
		return err
	}
	l.tell("lines://" + listener.Addr().String())
	defer l.tell("")
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()

	var clients sync.WaitGroup
	defer clients.Wait()
	places := make(chan struct{}, maxClients)
	for {
		places <- struct{}{} // further clients wait in the listener's queue
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			defer func() { <-places }()
			serve(ctx, conn, host)
		})
	}
}
