package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

var (
	idleSessions = flag.Int("idle-sessions", 1000, "how many sessions live through the death of the leader")
	idleTimeout  = flag.Duration("idle-timeout", 4*time.Second, "their time-out")
)

// crowd is a great many sessions that do nothing but stay.
type crowd struct {
	servers   []string
	connected atomic.Int64
	again     atomic.Int64 // connections that took a session up
	expired   atomic.Int64
	failed    sync.Map // why connections were not made: text to true
}

// idler is one of them.
type idler struct {
	crowd *crowd
	info  wire.ConnectResponse
	pongs atomic.Int64
}

// run stays until ctx ends, on any server.
func (i *idler) run(ctx context.Context) {
	for ctx.Err() == nil {
		nc, err := i.connect(ctx)
		if err != nil {
			i.crowd.failed.Store(err.Error(), true)
			select {
			case <-time.After(rand.N(200 * time.Millisecond)): // clients do not knock all the time
			case <-ctx.Done():
			}
			continue
		}
		i.crowd.connected.Add(1)
		i.stay(ctx, nc)
		i.crowd.connected.Add(-1)
		nc.Close()
	}
}

var errExpired = errors.New("session expired")

// connect opens the session, or takes it up.
func (i *idler) connect(ctx context.Context) (net.Conn, error) {
	server := i.crowd.servers[rand.IntN(len(i.crowd.servers))]
	nc, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, errors.New("refused") // by whatever port
	}
	if err := i.login(nc); err != nil {
		nc.Close()
		return nil, err
	}
	return nc, nil
}

func (i *idler) login(nc net.Conn) error {
	hello := wire.ConnectRequest{SessionID: i.info.SessionID, Password: i.info.Password[:], TimeoutMillis: int32(idleTimeout.Milliseconds())}
	_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := nc.Write(wire.AppendConnectRequest(nil, &hello)); err != nil {
		return errors.New("cut off")
	}
	body, err := wire.NewReader(nc, 1<<10).Next()
	if err != nil {
		return errors.New("not served")
	}
	was := i.info.SessionID
	if err := wire.DecodeConnectResponse(body, &i.info); err != nil {
		return err
	}
	if i.info.TimeoutMillis == 0 {
		i.info = wire.ConnectResponse{}
		i.crowd.expired.Add(1)
		return errExpired
	}
	if was != 0 {
		i.crowd.again.Add(1)
	}
	return nil
}

// stay pings whenever a third of the time-out has passed in silence, until the connection breaks.
func (i *idler) stay(ctx context.Context, nc net.Conn) {
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	ping, err := wire.AppendRequest(nil, wire.XidPing, &sdk.Op{Kind: sdk.OpPing})
	frames := wire.NewReader(nc, 1<<10)
	for err == nil {
		_ = nc.SetDeadline(time.Now().Add(*idleTimeout / 3))
		if _, err = frames.Next(); err == nil {
			i.pongs.Add(1)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = nc.SetDeadline(time.Now().Add(*idleTimeout / 3))
			_, err = nc.Write(ping)
		}
	}
}

// usage is the resident memory and the processor time of a server.
func (s *server) usage(t *testing.T) (resident int64, spent time.Duration) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0, 0 // no Linux
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	number := func(i int) int64 { n, _ := strconv.ParseInt(strings.Fields(rest)[i], 10, 64); return n }
	return number(21) * int64(os.Getpagesize()), time.Duration(number(11)+number(12)) * 10 * time.Millisecond
}

// total is the usage of all servers that run.
func (e *ensemble) total() (resident int64, spent time.Duration) {
	for _, s := range e.servers {
		if s.process != nil {
			r, c := s.usage(e.t)
			resident, spent = resident+r, spent+c
		}
	}
	return resident, spent
}

// A great many sessions do nothing, on three servers, and the leader is killed: all of them come back to the two that are
// left, at the same time, and none expires, then or later.
func TestStormOfReconnects(t *testing.T) {
	t.Setenv("GROVE_ZOOKEEPER__MAX_PER_ADDRESS", "0")
	e := newEnsemble(t)
	e.leader()
	c := &crowd{}
	for _, s := range e.servers {
		c.servers = append(c.servers, s.zookeeper)
	}
	before, _ := e.total()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	idlers := make([]*idler, *idleSessions)
	all := int64(len(idlers))
	start := time.Now()
	for n := range idlers {
		idlers[n] = &idler{crowd: c}
		running.Go(func() { idlers[n].run(ctx) })
	}
	eventually(t, "all are connected", func() bool { return c.connected.Load() == all })
	t.Logf("%d sessions connected in %v", all, time.Since(start))

	beat(t, idlers, 1)
	_, spent := e.total()
	start = time.Now()
	beat(t, idlers, 2)
	after, now := e.total()
	t.Logf("idle: %.1f KiB a session over all servers, %.2f %% of a core for all",
		float64(after-before)/1024/float64(all), 100*float64(now-spent)/float64(time.Since(start)))

	old := c.again.Load()
	e.kill(e.leader())
	start = time.Now()
	eventually(t, "all are connected again", func() bool { return c.connected.Load() == all && c.again.Load() >= old+all/4 })
	t.Logf("leader killed: %d sessions taken up, all connected after %v", c.again.Load()-old, time.Since(start))
	beat(t, idlers, 4) // longer than a time-out
	if n := c.expired.Load(); n > 0 {
		t.Errorf("%d of %d sessions expired", n, all)
	}
	if s := e.leader().status(); s.Sessions != all {
		t.Errorf("the cluster knows of %d sessions, there are %d", s.Sessions, all)
	}
	c.failed.Range(func(why, _ any) bool { t.Log("among what was met on the way: ", why); return true })
}

// beat waits until every one has been answered so many pings more.
func beat(t *testing.T, idlers []*idler, pings int64) {
	t.Helper()
	want := make([]int64, len(idlers))
	for n, i := range idlers {
		want[n] = i.pongs.Load() + pings
	}
	eventually(t, "all have been answered", func() bool {
		for n, i := range idlers {
			if i.pongs.Load() < want[n] {
				return false
			}
		}
		return true
	})
}
