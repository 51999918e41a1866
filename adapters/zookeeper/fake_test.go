package zookeeper_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// fakeHost is a host of a few nodes. Reads are answered by Submit, writes by "another": they make a wake token.
type fakeHost struct {
	plain    bool // its sessions are no sdk.Poller
	readOnly bool // its sessions are

	mu       sync.Mutex // guards all below, and all of its sessions
	zxid     int64
	nodes    map[string][]byte
	sessions map[*fakeSession]bool
	opened   []sdk.Login
	refuse   error // what Open says
	status   sdk.Status
	states   []sdk.SessionState // what Sessions says
	stuck    chan struct{}      // when not nil, Submit waits until it is closed
}

func newFakeHost() *fakeHost {
	return &fakeHost{zxid: 1, nodes: map[string][]byte{}, sessions: map[*fakeSession]bool{}}
}

func (h *fakeHost) Open(_ context.Context, login sdk.Login) (sdk.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened = append(h.opened, login)
	switch {
	case h.refuse != nil:
		return nil, h.refuse
	case login.LastZxid > h.zxid:
		return nil, sdk.ErrAhead
	case login.SessionID != 0:
		return nil, sdk.ErrNoSession
	}
	s := &fakeSession{host: h, timeout: login.Timeout, watched: map[string]bool{}, wake: make(chan struct{}, 1)}
	h.sessions[s] = true
	if h.plain {
		return struct{ sdk.Session }{s}, nil
	}
	return s, nil
}

func (h *fakeHost) Follow(context.Context, sdk.Following) (sdk.Feed, error) {
	return nil, errors.ErrUnsupported
}

func (h *fakeHost) Status(context.Context) (sdk.Status, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status, nil
}

// Sessions implements sdk.Inspector.
func (h *fakeHost) Sessions(context.Context) ([]sdk.SessionState, error) { return h.states, nil }

// end ends every session, as a node does that loses its quorum.
func (h *fakeHost) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sessions {
		s.end()
	}
}

// open counts the sessions that nobody has let go of.
func (h *fakeHost) open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}

type fakeSession struct {
	host    *fakeHost
	timeout time.Duration
	wake    chan struct{}
	outbox  []sdk.Message
	watched map[string]bool
	ended   bool
}

var _ sdk.Poller = (*fakeSession)(nil)

func (s *fakeSession) Info() sdk.SessionInfo {
	return sdk.SessionInfo{ID: 0x51, Password: [sdk.PasswordLen]byte{1, 2, 3}, Timeout: s.timeout, ReadOnly: s.host.readOnly}
}

func (s *fakeSession) Submit(ctx context.Context, cookie uint64, op *sdk.Op) error {
	h := s.host
	h.mu.Lock()
	stuck := h.stuck
	h.mu.Unlock()
	if stuck != nil {
		select {
		case <-stuck:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ended {
		return sdk.ErrSessionClosed
	}
	reply := sdk.Message{Cookie: cookie, Kind: op.Kind}
	if op.Kind.Writes() {
		h.zxid++
		s.write(&reply, op)
	} else {
		s.read(&reply, op)
	}
	reply.Zxid = h.zxid
	s.outbox = append(s.outbox, reply)
	if op.Kind.Writes() || h.plain {
		s.rouse()
	}
	if op.Kind == sdk.OpCloseSession {
		s.end()
	}
	return nil
}

func (s *fakeSession) read(reply *sdk.Message, op *sdk.Op) {
	switch op.Kind {
	case sdk.OpError:
		reply.Code = sdk.Code(op.Version)
	case sdk.OpAuth:
		if op.Scheme != "digest" {
			reply.Code = sdk.CodeAuthFailed
		}
	case sdk.OpSASL:
		reply.Result.Data = slices.Clone(op.Data)
	case sdk.OpGetData, sdk.OpExists:
		data, ok := s.host.nodes[op.Path]
		if op.Watch {
			s.watched[strings.Clone(op.Path)] = true
		}
		if !ok {
			reply.Code = sdk.CodeNoNode
		}
		reply.Result.Data = data
		reply.Result.Stat.DataLength = int32(len(data))
	}
}

func (s *fakeSession) write(reply *sdk.Message, op *sdk.Op) {
	switch op.Kind {
	case sdk.OpCreate, sdk.OpCreate2:
		path := strings.Clone(op.Path)
		s.host.nodes[path] = slices.Clone(op.Data)
		s.host.tell(sdk.EventCreated, path)
		reply.Result.Path = path
	case sdk.OpReconfig:
		reply.Code = sdk.CodeReconfigDisabled
	case sdk.OpSetData:
		path := strings.Clone(op.Path)
		s.host.nodes[path] = slices.Clone(op.Data)
		s.host.tell(sdk.EventDataChanged, path)
	case sdk.OpMulti:
		for i := range op.Ops {
			reply.Result.Multi = append(reply.Result.Multi, sdk.OpResult{Kind: sdk.OpError, Code: sdk.Code(-100 - i)})
		}
	}
}

// tell gives an event to whoever watches, before the reply to the write that caused it.
func (h *fakeHost) tell(kind sdk.EventKind, path string) {
	event := &sdk.Event{Kind: kind, Path: path, Zxid: h.zxid}
	for s := range h.sessions {
		if s.watched[path] {
			delete(s.watched, path)
			s.outbox = append(s.outbox, sdk.Message{Event: event, Zxid: h.zxid})
			s.rouse()
		}
	}
}

func (s *fakeSession) rouse() {
	if s.ended {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *fakeSession) end() {
	if !s.ended {
		s.ended = true
		close(s.wake)
	}
}

func (s *fakeSession) Wake() <-chan struct{} { return s.wake }

func (s *fakeSession) Poll(dst []sdk.Message) int {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	n := copy(dst, s.outbox)
	s.outbox = slices.Delete(s.outbox, 0, n)
	return n
}

func (s *fakeSession) Next(ctx context.Context, dst []sdk.Message) (int, error) {
	for {
		if n := s.Poll(dst); n > 0 {
			return n, nil
		}
		select {
		case _, more := <-s.wake:
			if !more {
				if n := s.Poll(dst); n > 0 {
					return n, nil
				}
				return 0, sdk.ErrSessionClosed
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (s *fakeSession) Close() error {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	s.end()
	delete(s.host.sessions, s)
	return nil
}
