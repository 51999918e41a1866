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
	// ErrChanged is in the error when the members are not those any more that the change rests on. Nothing was done.
	ErrChanged = errors.New("the members have changed")
	// ErrNoMajority is in the error when too few of those who would have a vote answer and have nearly all of the log.
	// Nothing was done.
	ErrNoMajority = errors.New("no majority of the members that would be")
	// ErrForeign is in the error of Open when this node's data belong to another cluster than the one it is to join.
	ErrForeign = errors.New("data of another cluster")
)

// AddObserver makes m a member without a vote: it gets the log, serves, and forwards what is proposed there. One that
// is a member already keeps its role and has the address of m from now on, where it must be by then if it votes.
//
// This and the next two may be called on any node: another than the leader asks him. They return when the change is
// committed, with the index of the configuration that is then; on an error it may be, or not. Nothing is done, with
// ErrChanged, unless the newest configuration is still that of index after: Status.MembersIndex, or what another change
// gave, or 0 for whichever it is.
func (l *Log) AddObserver(ctx context.Context, m Member, after uint64) (now uint64, err error) {
	return l.order(ctx, question{kind: askAdd, after: after, member: m})
}

// Promote gives an observer a vote, as soon as it has nearly all of the log, which it waits for until ctx ends, or until the
// members are not those of after any more.
func (l *Log) Promote(ctx context.Context, id string, after uint64) (now uint64, err error) {
	for {
		now, err = l.order(ctx, question{kind: askPromote, after: after, member: Member{ID: id}})
		if !errors.Is(err, errBehind) || !pause(ctx, promotePause) {
			return now, err
		}
	}
}

// Remove takes a member out; the last one with a vote stays, and without a majority there (ErrNoMajority) so do all. A
// leader that is removed steps down. The node itself goes on until it is closed, and follows nobody.
func (l *Log) Remove(ctx context.Context, id string, after uint64) (now uint64, err error) {
	return l.order(ctx, question{kind: askRemove, after: after, member: Member{ID: id}})
}

const (
	promotePause = 50 * time.Millisecond
	nearlyAll    = 64 // entries that an observer may lack when it gets its vote
	farewells    = 100
)

// errBehind is refused for now. Its text crosses the wire, as those of ErrChanged and ErrNoMajority do.
var errBehind = errors.New("it has not got the log yet")

// errBusyChanging is refused when another change takes long.
var errBusyChanging = errors.New("the members are being changed already, and that takes long: ask again")

// otherCluster begins the refusal of who belongs to another cluster.
const otherCluster = "this is cluster"

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
func (l *Log) order(ctx context.Context, q question) (now uint64, err error) {
	q.cluster = l.cluster
	a := l.reply(ctx, q)
	for range 3 { // he may have handed over meanwhile, and his successor too
		if a.kind != saidElsewhere || a.text == "" {
			break
		}
		if a, err = l.port.ask(ctx, a.text, q); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrNoLeader, err)
		}
	}
	if err := a.err(); err != nil {
		return 0, err
	}
	return a.value, nil
}

// reply answers a question, of this node or another.
func (l *Log) reply(ctx context.Context, q question) answer {
	if q.cluster != 0 && q.cluster != l.cluster {
		return refused(otherCluster+" %v, and not %v", l.cluster, q.cluster)
	}
	switch q.kind {
	case askProgress:
		return l.ownProgress(q.member.ID)
	case askPast:
		return l.past(q)
	}
	if l.leading.Load() == nil {
		if addr, id := l.raft.LeaderWithID(); id != "" && string(id) != l.cfg.ID {
			return answer{kind: saidElsewhere, text: string(addr)}
		}
		return answer{kind: saidElsewhere}
	}
	if q.kind == askShort || q.kind == askRoomy {
		return l.hearOfSpace(q)
	}
	select {
	case l.changing <- struct{}{}:
		defer func() { <-l.changing }()
	case <-ctx.Done():
		return refused("%v", errBusyChanging)
	}
	if q.kind == askStanding {
		return l.standing(q.member.ID)
	}
	switch err := l.change(ctx, q); {
	case errors.Is(err, raft.ErrNotLeader), errors.Is(err, raft.ErrLeadershipLost), errors.Is(err, raft.ErrRaftShutdown),
		errors.Is(err, raft.ErrLeadershipTransferInProgress):
		return answer{kind: saidElsewhere}
	case err != nil:
		return refused("%v", err)
	}
	switch q.kind {
	case askJoin:
		return answer{kind: saidDone, value: uint64(l.cluster)}
	case askReturn:
		return answer{kind: saidDone, value: l.raft.CurrentTerm()}
	}
	return answer{kind: saidDone, value: l.fsm.members.Load()}
}

// addressed refuses who seeks another node here; "" is any.
func (l *Log) addressed(id string) (a answer) {
	if id != "" && id != l.cfg.ID {
		a = refused("this is %s, and not %s", l.cfg.ID, id)
	}
	return a
}

// ownProgress is how far this node's log is, for who asks it by its name, or by none.
func (l *Log) ownProgress(id string) answer {
	if a := l.addressed(id); a.kind == saidRefused {
		return a
	}
	if err := l.fault.err(); err != nil {
		return refused("it stands aside: %v", err)
	}
	return answer{kind: saidDone, value: l.raft.LastIndex()}
}

// change does what is asked, on the leader; it is called while changing holds one, so what it sees of the members stays.
// What has changed them before is applied here by then: a leader begins with everything applied, and waits for each
// change; but a change that has failed may be in the log.
func (l *Log) change(ctx context.Context, q question) error {
	m, known := l.find(q.member.ID)
	now := l.fsm.members.Load()
	switch {
	case q.after != 0 && q.after != now:
		return fmt.Errorf("%w: configuration %d, and not %d", ErrChanged, now, q.after)
	case q.kind == askReturn && known:
		return l.takeBack(ctx, m, q)
	case q.kind == askReturn:
		return fmt.Errorf("%s is no member any more: to bring it back, start it with cluster.join", q.member.ID)
	case q.kind == askJoin && known && !m.Observer && q.cluster == 0:
		return fmt.Errorf("%s is a member with a vote, and comes with nothing: remove it first", m.ID)
	case q.kind == askJoin && known && m.Addr == q.member.Addr, q.kind == askPromote && known && !m.Observer, q.kind == askRemove && !known:
		return l.settled()
	case q.kind == askAdd && known && !m.Observer && m.Addr != q.member.Addr:
		if err := l.isAt(ctx, q.member); err != nil {
			return err
		}
		return l.place(q.member, true, q.after)
	case q.kind == askJoin && known:
		if err := l.isGone(ctx, m.Member); err != nil {
			return err
		}
		return l.place(q.member, !m.Observer, q.after)
	case q.kind == askJoin, q.kind == askAdd:
		return l.place(q.member, known && !m.Observer, q.after)
	case !known:
		return fmt.Errorf("%s is no member", q.member.ID)
	case q.kind == askPromote:
		return l.promote(ctx, m.Member, q.after)
	case q.kind == askRemove:
		return l.remove(ctx, m, q.after)
	}
	return fmt.Errorf("question %d is not known", q.kind)
}

// settled has the members committed as they are in the log, and is the answer when there is nothing to change: a change
// that failed may be in the log, and who led may lead no more.
func (l *Log) settled() error { return l.await(l.raft.Barrier(askTime)) }

func (l *Log) find(id string) (Standing, bool) {
	for _, m := range l.members() {
		if m.ID == id {
			return m, true
		}
	}
	return Standing{}, false
}

func (l *Log) place(m Member, votes bool, after uint64) error {
	if m.ID == "" || len(m.ID) > maxID || m.Addr == "" || len(m.Addr) > maxID {
		return fmt.Errorf("member %v: id and address, of at most %d bytes", m, maxID)
	}
	add := l.raft.AddNonvoter
	if votes {
		add = l.raft.AddVoter
	}
	if err := l.await(add(raft.ServerID(m.ID), raft.ServerAddress(m.Addr), after, askTime)); err != nil {
		return fmt.Errorf("add %v: %w", m, err)
	}
	l.logger.Info("member added", "member", m, "votes", votes)
	return nil
}

// promote needs no majority asked for: with one more vote, and its owner there, there is one if there was one.
func (l *Log) promote(ctx context.Context, m Member, after uint64) error {
	if !l.keepsUp(ctx, m) {
		return fmt.Errorf("%w: %s", errBehind, m.ID)
	}
	return l.place(m, true, after)
}

func (l *Log) remove(ctx context.Context, m Standing, after uint64) error {
	if err := l.goesOnWithout(ctx, m); err != nil {
		return err
	}
	term := l.raft.CurrentTerm()
	removed := l.raft.RemoveServer(raft.ServerID(m.ID), after, askTime)
	if err := l.await(removed); err != nil {
		return fmt.Errorf("remove %v: %w", m.Member, err)
	}
	l.logger.Info("member removed", "member", m.Member)
	if m.ID != l.cfg.ID {
		l.beacons.Go(func() { l.farewell(term, m.Member, removed.Index()) })
	}
	return nil
}

// farewell tells a member that was taken out that this is committed, which neither raft nor the beacon does any more. What
// it has to have for that is on its way to it, so it is told again for a second; one that is not there is left alone.
func (l *Log) farewell(term uint64, m Member, index uint64) {
	to := raft.Server{ID: raft.ServerID(m.ID), Address: raft.ServerAddress(m.Addr)}
	for range farewells {
		taken, err := l.beat(term, to, index)
		if taken || err != nil || !pause(l.wheel.ended, time.Second/farewells) {
			return
		}
	}
}
