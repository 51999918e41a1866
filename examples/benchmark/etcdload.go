package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// keys is how many keys are read and written, as with grove bench.
const keys = 1000

func key(i int) string { return fmt.Sprintf("/bench-%016x/%07d", 0, i) }

// perConnection is how many sessions of a load share a connection, for etcd's client is made for that: with one each, a
// thousand would cost it more than the server.
const perConnection = 8

// put implements protocol.
func (e *etcd) put(ctx context.Context, servers []string, l load) (measured, error) {
	var clients []*clientv3.Client
	defer func() {
		for _, c := range clients {
			_ = c.Close()
		}
	}()
	for i := range (l.sessions + perConnection - 1) / perConnection {
		c, err := e.connect(ctx, servers[i%len(servers)])
		if err != nil {
			return measured{}, err
		}
		clients = append(clients, c)
	}
	if err := lay(ctx, clients[0]); err != nil {
		return measured{}, err
	}
	if l.what == "watch" {
		return fanOut(ctx, clients, l)
	}
	return pump(ctx, clients, l)
}

// lay makes the keys.
func lay(ctx context.Context, c *clientv3.Client) error {
	const window = 64
	return together(window, func(i int) error {
		for n := i; n < keys; n += window {
			if _, err := c.Put(ctx, key(n), string(value)); err != nil {
				return err
			}
		}
		return nil
	})
}

// pump has a goroutine for each request that is to be unanswered at a time.
func pump(ctx context.Context, clients []*clientv3.Client, l load) (measured, error) {
	var over atomic.Bool
	times := make([][]time.Duration, l.sessions*l.depth)
	start := time.Now()
	time.AfterFunc(l.duration, func() { over.Store(true) })
	err := together(len(times), func(i int) error {
		for !over.Load() {
			began := time.Now()
			if err := ask(ctx, clients[i%len(clients)], l.what); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(began))
		}
		return nil
	})
	return summary(slices.Concat(times...), time.Since(start)), err
}

func ask(ctx context.Context, c *clientv3.Client, what string) (err error) {
	if what == "set" || what == "mixed" && rand.IntN(100) < 10 {
		_, err = c.Put(ctx, key(rand.IntN(keys)), string(value))
	} else {
		_, err = c.Get(ctx, key(rand.IntN(keys)), clientv3.WithSerializable())
	}
	return err
}

func summary(times []time.Duration, took time.Duration) measured {
	if len(times) == 0 {
		return measured{}
	}
	slices.Sort(times)
	return measured{float64(len(times)) / took.Seconds(), times[len(times)/2], times[len(times)*99/100]}
}

// fanOut has as many watchers as sessions wait for one key, and writes it so many times.
func fanOut(ctx context.Context, clients []*clientv3.Client, l load) (measured, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watches []clientv3.WatchChan
	for i := range l.sessions {
		watches = append(watches, clients[i%len(clients)].Watch(ctx, key(0), clientv3.WithCreatedNotify()))
	}
	for _, w := range watches {
		<-w // it is there
	}
	var times []time.Duration
	start := time.Now()
	for range l.count {
		began := time.Now()
		got := make([]time.Duration, len(watches))
		arrived := make(chan error, 1)
		go func() {
			arrived <- together(len(watches), func(i int) error {
				response := <-watches[i]
				got[i] = time.Since(began)
				return response.Err()
			})
		}()
		if _, err := clients[0].Put(ctx, key(0), string(value)); err != nil {
			return measured{}, err
		}
		if err := <-arrived; err != nil {
			return measured{}, err
		}
		times = append(times, got...)
	}
	return summary(times, time.Since(start)), nil
}
