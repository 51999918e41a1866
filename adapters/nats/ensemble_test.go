package nats

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/feed"
	"github.com/grove-coordination/grove/core/replica"
	"github.com/grove-coordination/grove/sdk"
)

// ensemble is three nodes of a core on loopback, each of which can be closed and opened again.
type ensemble struct {
	t       *testing.T
	dir     string
	members []replica.Member

	mu    sync.Mutex // guards what follows
	nodes [3]*core.Node
	lives [3]context.Context // end with the nodes
	ends  [3]context.CancelFunc
}

func openEnsemble(t *testing.T) *ensemble {
	t.Helper()
	e := &ensemble{t: t, dir: t.TempDir()}
	var listeners [3]net.Listener
	for i := range e.nodes {
		var err error
		if listeners[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		e.members = append(e.members, replica.Member{ID: fmt.Sprint("n", i), Addr: listeners[i].Addr().String()})
	}
	for i, l := range listeners {
		e.open(i, l)
	}
	t.Cleanup(func() {
		for i := range e.nodes {
			e.close(i)
		}
	})
	for i := range e.nodes {
		e.serves(i)
	}
	return e
}

func (e *ensemble) open(i int, l net.Listener) {
	e.t.Helper()
	node, err := core.Open(core.Config{
		ID: e.members[i].ID, Dir: filepath.Join(e.dir, e.members[i].ID), Members: e.members, PeerListener: l,
		Feed: feed.Limits{}, Logger: quiet,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.nodes[i] = node
	e.lives[i], e.ends[i] = context.WithCancel(context.Background())
}

func (e *ensemble) close(i int) {
	e.mu.Lock()
	node, end := e.nodes[i], e.ends[i]
	e.nodes[i] = nil
	e.mu.Unlock()
	end()
	if err := node.Close(); err != nil {
		e.t.Errorf("close %d: %v", i, err)
	}
}

func (e *ensemble) restart(i int) {
	e.t.Helper()
	e.close(i)
	l, err := net.Listen("tcp", e.members[i].Addr)
	if err != nil {
		e.t.Fatal(err)
	}
	e.open(i, l)
	e.serves(i)
}

func (e *ensemble) serves(i int) {
	e.t.Helper()
	until(e.t, "node serves", func() bool {
		status, err := e.host(i).Status(e.t.Context())
		return err == nil && status.Serving
	})
}

// leader is the number of the node that leads.
func (e *ensemble) leader() (leader int) {
	e.t.Helper()
	until(e.t, "somebody leads", func() bool {
		for leader = range e.nodes {
			status, err := e.host(leader).Status(e.t.Context())
			if err == nil && status.Serving && status.Role == sdk.RoleLeader {
				return true
			}
		}
		return false
	})
	return leader
}

// host is a node for those who do not mind that it is closed and comes back.
func (e *ensemble) host(i int) sdk.Host { return &inconstant{e, i} }

// inconstant is a host that is away for a while, and whose feeds end then.
type inconstant struct {
	*ensemble
	i int
}

var errAway = errors.New("the node is away")

func (h *inconstant) node() (*core.Node, context.Context, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.nodes[h.i] == nil {
		return nil, nil, errAway
	}
	return h.nodes[h.i], h.lives[h.i], nil
}

func (h *inconstant) Status(ctx context.Context) (sdk.Status, error) {
	node, _, err := h.node()
	if err != nil {
		return sdk.Status{}, err
	}
	return node.Status(ctx)
}

func (h *inconstant) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	node, _, err := h.node()
	if err != nil {
		return nil, err
	}
	return node.Open(ctx, login)
}

func (h *inconstant) Follow(ctx context.Context, want sdk.Following) (sdk.Feed, error) {
	node, life, err := h.node()
	if err != nil {
		return nil, err
	}
	feed, err := node.Follow(ctx, want)
	if err != nil {
		return nil, err
	}
	return &mortalFeed{feed, life}, nil
}

type mortalFeed struct {
	sdk.Feed
	life context.Context
}

func (f *mortalFeed) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(f.life, cancel)()
	n, err := f.Feed.Next(ctx, dst)
	if err != nil && f.life.Err() != nil {
		err = errAway
	}
	return n, err
}

// scribe writes for as long as it may: four changes at once, then one that undoes some. What becomes of a write while nodes
// come and go it does not know; what was committed stands in the feed.
type scribe struct {
	*ensemble
	name    string
	changes *atomic.Int64 // that are known to be committed
	session sdk.Session
}

func (s *scribe) write(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		a, b := fmt.Sprintf("/c/%s-%d", s.name, i), fmt.Sprintf("/c/%s %d", s.name, i)
		s.do(ctx, sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			{Kind: sdk.OpCreate, Path: a, Data: []byte(a), ACL: sdk.OpenACL()},
			{Kind: sdk.OpCreate, Path: b, ACL: sdk.OpenACL()},
			{Kind: sdk.OpSetData, Path: "/c", Data: []byte(b), Version: sdk.AnyVersion},
			{Kind: sdk.OpSetData, Path: a, Data: []byte("\xff"), Version: sdk.AnyVersion},
		}})
		s.do(ctx, sdk.Op{Kind: sdk.OpDelete, Path: a, Version: sdk.AnyVersion})
	}
	if s.session != nil {
		_ = s.session.Close()
	}
}

func (s *scribe) do(ctx context.Context, op sdk.Op) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for i := 0; s.session == nil; i++ {
		if ctx.Err() != nil {
			return
		}
		s.session, _ = s.host(i%len(s.nodes)).Open(ctx, sdk.Login{Timeout: 30 * time.Second})
	}
	var reply [1]sdk.Message
	err := s.session.Submit(ctx, 1, &op)
	if err == nil {
		_, err = s.session.Next(ctx, reply[:])
	}
	if err != nil {
		_ = s.session.Close()
		s.session = nil
		return
	}
	if reply[0].Code == sdk.OK {
		s.changes.Add(int64(max(1, len(op.Ops))))
	}
}
