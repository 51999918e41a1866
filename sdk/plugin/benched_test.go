//go:build unix

package plugin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// benched is a frontend that measures what it costs to be one, says the time where others say their address, and waits.
type benched struct {
	what  string
	times int
	took  atomic.Int64
}

func newBenched(what, times string) *benched {
	n, err := strconv.Atoi(times)
	if err != nil {
		panic(err)
	}
	return &benched{what: what, times: n}
}

func (b *benched) Name() string { return "benched" }

func (b *benched) Ready() (string, error) {
	if b.took.Load() == 0 {
		return "", errors.New("measuring")
	}
	return fmt.Sprint(b.took.Load()), nil
}

func (b *benched) Serve(ctx context.Context, host sdk.Host) error {
	session, err := host.Open(ctx, sdk.Login{Timeout: 30 * time.Second})
	if err != nil {
		return err
	}
	status, err := host.Status(ctx)
	if err != nil {
		return err
	}
	feed, err := host.Follow(ctx, sdk.Following{From: status.Zxid})
	if err != nil {
		return err
	}
	measure := map[string]func(context.Context, sdk.Session, sdk.Feed) error{
		"ping": b.oneByOne, "follow": b.follow,
		"pings": b.pipelined(sdk.Op{Kind: sdk.OpPing}),
		"gets":  b.pipelined(sdk.Op{Kind: sdk.OpGetData, Path: "/"}),
		"sets":  b.pipelined(sdk.Op{Kind: sdk.OpSetData, Path: "/", Version: sdk.AnyVersion, Data: make([]byte, 200)}),
	}[b.what]
	began := time.Now()
	if err := measure(ctx, session, feed); err != nil {
		return err
	}
	b.took.Store(int64(time.Since(began)))
	<-ctx.Done()
	return nil
}

func (b *benched) oneByOne(ctx context.Context, session sdk.Session, _ sdk.Feed) error {
	got := make([]sdk.Message, 1)
	for i := range b.times {
		if err := session.Submit(ctx, uint64(i), &sdk.Op{Kind: sdk.OpPing}); err != nil {
			return err
		}
		if _, err := session.Next(ctx, got); err != nil {
			return err
		}
	}
	return nil
}

// pipelined submits from one goroutine and receives in another.
func (b *benched) pipelined(op sdk.Op) func(context.Context, sdk.Session, sdk.Feed) error {
	return func(ctx context.Context, session sdk.Session, _ sdk.Feed) error {
		sent := make(chan error, 1)
		go func() {
			var err error
			for i := 0; i < b.times && err == nil; i++ {
				err = session.Submit(ctx, uint64(i), &op)
			}
			sent <- err
		}()
		got := make([]sdk.Message, 64)
		for answered := 0; answered < b.times; {
			n, err := session.Next(ctx, got)
			if err != nil {
				return err
			}
			answered += n
		}
		return <-sent
	}
}

// follow writes, and waits until the feed tells of it.
func (b *benched) follow(ctx context.Context, session sdk.Session, feed sdk.Feed) error {
	got := make([]sdk.Transaction, 1)
	for i := range b.times {
		if err := session.Submit(ctx, uint64(i), &sdk.Op{Kind: sdk.OpSetData, Path: "/", Version: sdk.AnyVersion}); err != nil {
			return err
		}
		if _, err := feed.Next(ctx, got); err != nil {
			return err
		}
		if _, err := session.Next(ctx, make([]sdk.Message, 1)); err != nil {
			return err
		}
	}
	return nil
}
