package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// connecting is how many sessions are opened at a time.
const connecting = 64

// together does n things at a time, and gives all errors.
func together(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// lines are sessions that are held.
type lines []*line

// hold implements protocol.
func (jute) hold(ctx context.Context, servers []string, sessions int) (held, error) {
	list := make(lines, sessions)
	err := together(connecting, func(worker int) (err error) {
		for i := worker; i < sessions && err == nil; i += connecting {
			list[i], err = dial(ctx, servers[i%len(servers)])
		}
		return err
	})
	return list, err
}

// stay has each say once in that time that it is there.
func (list lines) stay(ctx context.Context, d time.Duration) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	start := time.Now()
	for said := 0; said < len(list); {
		<-tick.C
		for due := min(len(list), int(float64(len(list))*float64(time.Since(start))/float64(d))); said < due; said++ {
			if err := list[said].do(ctx, &sdk.Op{Kind: sdk.OpPing}); err != nil {
				return err
			}
		}
	}
	return nil
}

// end implements held.
func (list lines) end() {
	_ = together(connecting, func(worker int) error {
		for i := worker; i < len(list); i += connecting {
			if list[i] != nil {
				list[i].close(context.Background())
			}
		}
		return nil
	})
}
