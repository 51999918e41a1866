package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

var _ protocol = (*etcd)(nil)

// etcd is etcd's own protocol, by its own client. Reads are serializable: answered by the server that was asked from what
// it has, as ZooKeeper and Grove do.
type etcd struct{}

func newEtcd() *etcd { return &etcd{} }

// connect makes a client of one server.
func (*etcd) connect(ctx context.Context, server string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: []string{server}, Context: ctx, DialTimeout: patience, Logger: zap.NewNop()})
}

// with lends a client of its own.
func (e *etcd) with(ctx context.Context, server string, use func(*clientv3.Client) error) error {
	c, err := e.connect(ctx, server)
	if err != nil {
		return err
	}
	return errors.Join(use(c), c.Close())
}

// read implements protocol.
func (e *etcd) read(ctx context.Context, server string) error {
	return e.with(ctx, server, func(c *clientv3.Client) error {
		_, err := c.Get(ctx, "/", clientv3.WithSerializable())
		return err
	})
}

// write implements protocol.
func (e *etcd) write(ctx context.Context, server string) error {
	return e.with(ctx, server, func(c *clientv3.Client) error {
		_, err := c.Put(ctx, "/", string(value))
		return err
	})
}

// leads implements protocol.
func (e *etcd) leads(ctx context.Context, server string) (leads bool) {
	err := e.with(ctx, server, func(c *clientv3.Client) error {
		status, err := c.Status(ctx, server)
		leads = err == nil && status.Leader == status.Header.MemberId
		return err
	})
	return err == nil && leads
}

// fill has eight clients put keys, 64 each at a time. Keys have the length of ZooKeeper's paths.
func (e *etcd) fill(ctx context.Context, server string, nodes int) error {
	const clients, window = 8, 64
	return together(clients, func(i int) error {
		return e.with(ctx, server, func(c *clientv3.Client) error {
			return together(window, func(j int) error {
				for n := i*window + j; n < nodes; n += clients * window {
					if _, err := c.Put(ctx, fmt.Sprintf("/fill-%d-%d/node-%03d", i, n/1000, n%1000), string(value)); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})
}

// leases are the nearest there is to sessions: many on one connection.
type leases struct {
	clients []*clientv3.Client
	ids     []clientv3.LeaseID
}

// hold implements protocol.
func (e *etcd) hold(ctx context.Context, servers []string, sessions int) (held, error) {
	l := &leases{ids: make([]clientv3.LeaseID, sessions)}
	for i := range connecting {
		c, err := e.connect(ctx, servers[i%len(servers)])
		if err != nil {
			l.end()
			return nil, err
		}
		l.clients = append(l.clients, c)
	}
	return l, together(connecting, func(worker int) error {
		for i := worker; i < sessions; i += connecting {
			granted, err := l.clients[worker].Grant(ctx, int64(sessionTimeout/time.Second))
			if err != nil {
				return err
			}
			l.ids[i] = granted.ID
		}
		return nil
	})
}

// stay implements held.
func (l *leases) stay(ctx context.Context, d time.Duration) error {
	start := time.Now()
	return together(connecting, func(worker int) error {
		for i := worker; i < len(l.ids); i += connecting {
			time.Sleep(time.Until(start.Add(d * time.Duration(i) / time.Duration(len(l.ids)))))
			if _, err := l.clients[worker].KeepAliveOnce(ctx, l.ids[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// end implements held.
func (l *leases) end() {
	for _, c := range l.clients {
		_ = c.Close()
	}
}
