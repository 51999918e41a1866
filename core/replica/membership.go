package replica

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// Errors of a change of membership.
var (
	// ErrRefused is in the error when the leader does not do it, with his reason. Asking again does not help.
	ErrRefused = errors.New("refused by the leader")
	// ErrForeign is in the error of Open when this node's data belong to another cluster than the one it is to join.
	ErrForeign = errors.New("data of another cluster")
)

// AddObserver makes m a member without a vote: it gets the log, serves, and forwards what is proposed there. One that
// is a member already keeps its role and has the address of m from now on. It may be called on any node: another than
// the leader asks him. It returns when the change is committed; on an error it may be, or not.
func (l *Log) AddObserver(ctx context.Context, m Member) error {
	return l.order(ctx, question{kind: askAdd, member: m})
}

// Promote gives an observer a vote, as soon as it has nearly all of the log, which it waits for until ctx ends. Any
// node, as with AddObserver.
func (l *Log) Promote(ctx context.Context, id string) error {
	for {
		err := l.order(ctx, question{kind: askPromote, member: Member{ID: id}})
		if !errors.Is(err, errBehind) || !pause(ctx, promotePause) {
			return err
		}
	}
}

// AddVoter is AddObserver and Promote: a vote is given to nobody who is not there to use it.
func (l *Log) AddVoter(ctx context.Context, m Member) error {
	if err := l.AddObserver(ctx, m); err != nil {
		return err
	}
	return l.Promote(ctx, m.ID)
}

// Remove takes a member out; the last one with a vote stays. A leader that is removed steps down. Any node, as with
// AddObserver. The node itself goes on until it is closed, and follows nobody.
func (l *Log) Remove(ctx context.Context, id string) error {
	return l.order(ctx, question{kind: askRemove, member: Member{ID: id}})
}

const (
	promotePause = 50 * time.Millisecond
	nearlyAll    = 64 // entries that an observer may lack when it gets its vote
)

// errBehind is refused for now. The text crosses the wire.
var errBehind = errors.New("it has not got the log yet")

// pause waits; false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// order has the leader do what is asked, wherever he is.
func (l *Log) order(ctx context.Context, q question) error {
	q.cluster = l.cluster
	a := l.reply(ctx, q)
	for range 3 { // he may have handed over meanwhile, and his successor too
		if a.kind != saidElsewhere || a.text == "" {
			break
		}
		var err error
		if a, err = l.port.ask(ctx, a.text, q); err != nil {
			return fmt.Errorf("%w: %w", ErrNoLeader, err)
		}
	}
	if a.kind == saidRefused && a.text == errBehind.Error() {
		return fmt.Errorf("promote %s: %w", q.member.ID, errBehind)
	}
	return a.err()
}

// reply answers a question, of this node or another.
func (l *Log) reply(ctx context.Context, q question) answer {
	if q.cluster != 0 && q.cluster != l.cluster {
		return refused("this is cluster %v, and not %v", l.cluster, q.cluster)
	}
	if q.kind == askProgress {
		return answer{kind: saidDone, value: l.raft.LastIndex()}
	}
	if l.leading.Load() == nil {
		if addr, id := l.raft.LeaderWithID(); id != "" && string(id) != l.cfg.ID {
			return answer{kind: saidElsewhere, text: string(addr)}
		}
		return answer{kind: saidElsewhere}
	}
	l.changing.Lock()
	defer l.changing.Unlock()
	switch err := l.change(ctx, q); {
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipLost), errors.Is(err, raft.ErrRaftShutdown),
		errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return answer{kind: saidElsewhere}
	case err != nil:
		return refused("%v", err)
	}
	return answer{kind: saidDone, value: uint64(l.cluster)}
}

// change does what is asked, on the leader; it is called with changing held, so what it sees of the members stays.
func (l *Log) change(ctx context.Context, q question) error {
	m, known := l.find(q.member.ID)
	switch {
	case q.kind == askJoin && known && !m.Observer && q.cluster == 0:
		return fmt.Errorf("%s is a member with a vote, and comes with nothing: remove it first", m.ID)
	case q.kind == askJoin && known && m.Addr == q.member.Addr, q.kind == askPromote && known && !m.Observer, q.kind == askRemove && !known:
		return nil
	case q.kind == askJoin, q.kind == askAdd:
		return l.place(q.member, known && !m.Observer)
	case !known:
		return fmt.Errorf("%s is no member", q.member.ID)
	case q.kind == askPromote:
		return l.promote(ctx, m.Member)
	case q.kind == askRemove:
		return l.remove(m.Member)
	}
	return fmt.Errorf("question %d is not known", q.kind)
}

func (l *Log) find(id string) (Standing, bool) {
	for _, m := range l.members() {
		if m.ID == id {
			return m, true
		}
	}
	return Standing{}, false
}

func (l *Log) place(m Member, votes bool) error {
	if m.ID == "" || len(m.ID) > maxID || m.Addr == "" || len(m.Addr) > maxID {
		return fmt.Errorf("member %v: id and address, of at most %d bytes", m, maxID)
	}
	add := l.raft.AddNonvoter
	if votes {
		add = l.raft.AddVoter
	}
	if err := add(raft.ServerID(m.ID), raft.ServerAddress(m.Addr), 0, askTime).Error(); err != nil {
		return fmt.Errorf("add %v: %w", m, err)
	}
	l.logger.Info("member added", "member", m, "votes", votes)
	return nil
}

func (l *Log) promote(ctx context.Context, m Member) error {
	a, err := l.port.ask(ctx, m.Addr, question{kind: askProgress, cluster: l.cluster})
	if err = errors.Join(err, a.err()); err != nil || a.value+nearlyAll < l.raft.LastIndex() {
		l.logger.Debug("not promoted yet", "member", m, "has", a.value, "error", err)
		return errBehind
	}
	return l.place(m, true)
}

func (l *Log) remove(m Member) error {
	if err := l.raft.RemoveServer(raft.ServerID(m.ID), 0, askTime).Error(); err != nil {
		return fmt.Errorf("remove %v: %w", m, err)
	}
	l.logger.Info("member removed", "member", m)
	return nil
}
