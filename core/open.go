package core

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/core/watch"
	"github.com/grove-coordination/grove/sdk"
)

// opened is the outcome of a request to open or resume a session.
type opened struct {
	session *session.Served
	err     error
}

// waiter is who waits for such an outcome, and whom it is for.
type waiter struct {
	outcome chan opened // of capacity one
	who     []sdk.Identity
}

// Open implements sdk.Host.
func (n *Node) Open(ctx context.Context, login sdk.Login) (sdk.Session, error) {
	login.Identities = session.Recognized(home{n}, login.Identities)
	if err := n.notServing(); err != nil {
		if login.ReadOnly && n.cfg.ReadOnly && n.leaderless() >= readOnlyWait {
			return n.openReader(login, err)
		}
		return nil, err
	}
	if login.LastZxid > n.lastZxid() {
		return nil, sdk.ErrAhead
	}
	t := txn.Txn{
		Kind: txn.Open, Origin: n.cfg.ID,
		Timeout: n.agreed(login.Timeout).Milliseconds(),
	}
	if login.SessionID == 0 {
		t.Password = make([]byte, sdk.PasswordLen)
		rand.Read(t.Password)
	} else {
		if !n.mayResume(login) {
			return nil, sdk.ErrNoSession
		}
		t.Kind, t.Session, t.Password = txn.Resume, login.SessionID, login.Password
	}
	return n.open(ctx, &t, login.Identities)
}

// agreed is the time-out a client gets that wishes for one.
func (n *Node) agreed(wish time.Duration) time.Duration {
	return min(max(wish, n.cfg.MinTimeout), n.cfg.MaxTimeout)
}

// mayResume spares the log a password that cannot be right. One of a session that is not known here is for the log to
// decide: this node may be behind.
func (n *Node) mayResume(login sdk.Login) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	record := n.sessions.Get(login.SessionID)
	return len(login.Password) == sdk.PasswordLen && (record == nil || record.Opens(login.Password))
}

func (n *Node) lastZxid() int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.zxid
}

// open proposes the request and waits for its outcome.
func (n *Node) open(ctx context.Context, t *txn.Txn, who []sdk.Identity) (sdk.Session, error) {
	outcome := n.await(t, who)
	defer n.forget(t.Request)
	if err := n.propose(ctx, txn.Append(nil, t)); err != nil {
		return nil, err
	}
	select {
	case o := <-outcome:
		if o.err != nil {
			return nil, o.err
		}
		return o.session, nil
	case <-ctx.Done():
		n.abandon(t.Request, outcome)
		return nil, ctx.Err()
	}
}

// propose hands a record to the log as soon as there is room for it.
func (n *Node) propose(ctx context.Context, record []byte) error {
	for {
		switch room, err := (home{n}).Propose(record); {
		case err != nil:
			return fmt.Errorf("%w: %w", sdk.ErrNotServing, err)
		case room == nil:
			return nil
		default:
			select {
			case <-room:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// await numbers a request and prepares for its outcome, of which there is at most one.
func (n *Node) await(t *txn.Txn, who []sdk.Identity) <-chan opened {
	w := waiter{outcome: make(chan opened, 1), who: who}
	n.waitMu.Lock()
	defer n.waitMu.Unlock()
	n.request++
	t.Request = n.request
	n.waiting[t.Request] = w
	return w.outcome
}

func (n *Node) forget(request uint64) {
	n.waitMu.Lock()
	defer n.waitMu.Unlock()
	delete(n.waiting, request)
}

// abandon lets go of a session that may have been opened for someone who no longer waits; it will expire.
func (n *Node) abandon(request uint64, outcome <-chan opened) {
	n.forget(request)
	select {
	case o := <-outcome:
		if o.session != nil {
			_ = o.session.Close() // never fails
		}
	default:
	}
}

// answer gives a request its outcome, which is made only when someone still waits for it.
func (n *Node) answer(request uint64, outcome func(who []sdk.Identity) opened) {
	n.waitMu.Lock()
	defer n.waitMu.Unlock()
	if w, ok := n.waiting[request]; ok {
		delete(n.waiting, request)
		w.outcome <- outcome(w.who)
	}
}

// failAll answers every request with err: what they wait for may be lost.
func (n *Node) failAll(err error) {
	n.waitMu.Lock()
	defer n.waitMu.Unlock()
	for request, w := range n.waiting {
		delete(n.waiting, request)
		w.outcome <- opened{err: err}
	}
}

// applyOpen makes or resumes a session, and serves it when the request came from this node.
func (n *Node) applyOpen(t *txn.Txn) {
	id := t.Session
	var record *session.Record
	if t.Kind == txn.Open {
		n.zxid++
		id = n.zxid
		record = n.sessions.Open(id, t.Password, t.Timeout)
	} else {
		record = n.sessions.Resume(id, t.Password, t.Timeout)
	}
	if record != nil {
		n.track(id, record)
		n.supersede(id)
	}
	if t.Origin == n.cfg.ID {
		n.answer(t.Request, func(who []sdk.Identity) opened {
			if record == nil {
				return opened{err: sdk.ErrNoSession}
			}
			return opened{session: n.serveSession(id, record, who)}
		})
	}
}

// track has the leader watch over a session from now on.
func (n *Node) track(id int64, record *session.Record) {
	if n.leads.Load() != 0 {
		n.tracker.Track(session.Due{Session: id, Epoch: record.Epoch}, record.After(), time.Now())
	}
}

// supersede ends the service of a session's earlier epoch on this node.
func (n *Node) supersede(id int64) {
	if old := n.served[id]; old != nil {
		old.End(fmt.Errorf("%w: it was taken up again", sdk.ErrSessionClosed))
		delete(n.served, id)
	}
}

func (n *Node) serveSession(id int64, record *session.Record, who []sdk.Identity) *session.Served {
	info := sdk.SessionInfo{ID: id, Password: record.Password, Timeout: record.After()}
	n.lastID++
	s := session.NewServed(home{n}, info, record.Epoch, uint64(n.lastID), n.cfg.MaxUnanswered, who)
	n.served[id], n.byID[n.lastID] = s, s
	return s
}

// Leave implements session.Core: it forgets a session that is no longer served here, and its watches. The caller
// holds the state.
func (n home) Leave(s *session.Served) {
	n.watchMu.Lock()
	defer n.watchMu.Unlock()
	id := watch.ID(s.Watch())
	n.watch.Drop(id)
	delete(n.byID, id)
	delete(n.readers, s)
	if n.served[s.Info().ID] == s {
		delete(n.served, s.Info().ID)
	}
}
