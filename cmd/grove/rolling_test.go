package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// end stops a server as an operator does, and waits until it is gone.
func (e *ensemble) end(s *server) {
	e.t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		e.t.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		e.t.Fatalf("%s did not end well: %v", s.id, err)
	}
	s.process = nil
}

// steady is a client with one session that writes one thing after the other.
type steady struct {
	client *client.Client
	path   string
	wrote  atomic.Int64
	failed atomic.Int64
}

func (s *steady) run(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := s.client.Set(context.WithoutCancel(ctx), s.path, nil, sdk.AnyVersion); err != nil {
			s.failed.Add(1)
		} else {
			s.wrote.Add(1)
		}
	}
}

// Every server is stopped and started, one after the other, the leader last. No session is lost, and no client has more
// than the one write fail that was on its way when its connection ended.
func TestRollingRestart(t *testing.T) {
	e := newEnsemble(t)
	e.leader()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	clients := make([]*steady, 6)
	var running sync.WaitGroup
	for i := range clients {
		k, err := client.Dial(ctx, client.Config{Servers: []string{e.servers[0].zookeeper, e.servers[1].zookeeper, e.servers[2].zookeeper}, Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = k.Close() })
		clients[i] = &steady{client: k, path: fmt.Sprintf("/steady%d", i)}
		if _, err := k.Create(ctx, clients[i].path, nil, sdk.ModePersistent, nil); err != nil {
			t.Fatal(err)
		}
		running.Go(func() { clients[i].run(ctx) })
	}
	leader := e.leader()
	for _, s := range append(others(e.servers, leader), leader) {
		e.end(s)
		goOn(t, clients)
		e.start(s)
		e.leader()
		goOn(t, clients)
	}
	stop()
	running.Wait()
	restarts := int64(len(e.servers))
	for _, c := range clients {
		if err := c.client.Err(); err != nil || c.failed.Load() > restarts {
			t.Errorf("%s: %d of %d writes failed over %d restarts; session: %v", c.path, c.failed.Load(), c.wrote.Load(), restarts, err)
		}
	}
}

func others(servers []*server, one *server) (list []*server) {
	for _, s := range servers {
		if s != one {
			list = append(list, s)
		}
	}
	return list
}

// goOn waits until every client has written some more.
func goOn(t *testing.T, clients []*steady) {
	t.Helper()
	for _, c := range clients {
		before := c.wrote.Load()
		eventually(t, c.path+" is written", func() bool { return c.wrote.Load() >= before+20 })
	}
}
