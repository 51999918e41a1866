package main

import (
	"context"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// fakeTree is a host with a flat tree: enough for GET, SET, DEL and WATCH.
type fakeTree struct {
	sdk.Host

	mu       sync.Mutex // guards what follows
	nodes    map[string][]byte
	watches  map[string][]*fakeSession
	sessions int
	deny     bool
	pings    int
}

func newTree() *fakeTree {
	return &fakeTree{nodes: map[string][]byte{}, watches: map[string][]*fakeSession{}}
}

func (t *fakeTree) Open(_ context.Context, login sdk.Login) (sdk.Session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.deny {
		return nil, sdk.ErrNotServing
	}
	t.sessions++
	return &fakeSession{tree: t, timeout: login.Timeout, out: make(chan sdk.Message, 100)}, nil
}

func (t *fakeTree) open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sessions
}

// change sets a node from outside, nil deletes it.
func (t *fakeTree) change(path string, data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if data == nil {
		delete(t.nodes, path)
	} else {
		t.nodes[path] = data
	}
	for _, s := range t.watches[path] {
		s.out <- sdk.Message{Event: &sdk.Event{Path: path}}
	}
	delete(t.watches, path)
}

type fakeSession struct {
	tree    *fakeTree
	timeout time.Duration
	out     chan sdk.Message
	once    sync.Once
}

func (s *fakeSession) Info() sdk.SessionInfo { return sdk.SessionInfo{ID: 1, Timeout: s.timeout} }

func (s *fakeSession) Submit(_ context.Context, cookie uint64, op *sdk.Op) error {
	reply := sdk.Message{Cookie: cookie, Kind: op.Kind}
	reply.Result.Data, reply.Code = s.tree.apply(s, op)
	if op.Kind == sdk.OpSetData || op.Kind == sdk.OpCreate || op.Kind == sdk.OpDelete {
		if reply.Code == sdk.OK {
			s.tree.change(op.Path, op.Data)
		}
	}
	s.out <- reply
	return nil
}

func (t *fakeTree) apply(s *fakeSession, op *sdk.Op) ([]byte, sdk.Code) {
	t.mu.Lock()
	defer t.mu.Unlock()
	data, there := t.nodes[op.Path]
	reads := op.Kind == sdk.OpGetData && there || op.Kind == sdk.OpExists
	if reads && op.Watch {
		t.watches[op.Path] = append(t.watches[op.Path], s)
	}
	switch {
	case op.Kind == sdk.OpPing:
		t.pings++
		return nil, sdk.OK
	case op.Kind == sdk.OpCloseSession:
		return nil, sdk.OK
	case op.Path == "/secret":
		return nil, sdk.CodeNoAuth
	case op.Kind == sdk.OpCreate && there:
		return nil, sdk.CodeNodeExists
	case op.Kind != sdk.OpCreate && !there:
		return nil, sdk.CodeNoNode
	}
	return data, sdk.OK
}

func (s *fakeSession) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	select {
	case m, ok := <-s.out:
		if !ok {
			return 0, sdk.ErrSessionClosed
		}
		dst[0] = m
		return 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *fakeSession) Close() error {
	s.once.Do(func() {
		s.tree.mu.Lock()
		defer s.tree.mu.Unlock()
		s.tree.sessions--
	})
	return nil
}
