package replica

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// Those who begin a cluster have nothing, and neither has a member that lost its data folder; but that one has forgotten
// what it acknowledged, and for whom it voted. Its vote could elect a leader who lacks what it has forgotten, and its
// acknowledgement could keep a leader going who was deposed by that vote. So a node that has nothing takes no part in raft,
// and asks the others what they have. When a majority has nothing either, they begin together. When anybody has more, the
// leader is asked to let it in, and does that as with a new node: the others commit that it has no vote, and it gets one
// when it has the log.

// musterTime is how long those who are there wait for the rest before they begin, and how long a member may take to answer.
const musterTime = time.Second

// firstEntry is the index of the first configuration: who has no more than that has acknowledged nothing.
const firstEntry = 1

// holdBack keeps a node that has nothing out of raft until muster has found out why. One that was killed in the middle of
// its beginning has the term of that, and raft would take it for a node with a past; nobody votes in that term.
func (l *Log) holdBack() error {
	term, err := l.store.number(currentTerm)
	if err == nil && term <= firstTerm {
		err = l.store.resetTerm()
	}
	l.port.part = make(chan struct{})
	return err
}

// muster brings a node that has nothing into its cluster. It ends then, or when the log is closed.
func (l *Log) muster() {
	began := time.Now()
	for wait := minPause; ; wait = min(2*wait, maxPause) {
		late := time.Since(began) > musterTime
		err := l.gather(late)
		if err == nil {
			return
		}
		if late && l.wheel.ended.Err() == nil {
			l.alone.Store(&err)
			if l.bridge.said.news("muster", time.Now()) {
				l.logger.Warn(err.Error())
			}
		}
		if !pause(l.wheel.ended, wait) {
			return
		}
	}
}

// gather does what the others' answers allow, or says what is in the way.
func (l *Log) gather(late bool) error {
	switch r, all := l.callRoll(), len(l.cfg.Members); {
	case r.begun:
		return l.comeBack()
	case r.empty == all, late && 2*r.empty > all:
		return l.found()
	default:
		return fmt.Errorf("this node has no data, and a new cluster begins when a majority is there: %d of %d are: %w",
			r.empty, all, cmp.Or(r.silent, ErrNoMajority))
	}
}

// roll is what the members have, this one among them.
type roll struct {
	empty  int   // so many have acknowledged nothing
	begun  bool  // somebody has
	silent error // of those who did not answer; nil: all did
}

// callRoll asks all others at once.
func (l *Log) callRoll() roll {
	ctx, cancel := context.WithTimeoutCause(l.wheel.ended, musterTime, errSilent)
	defer cancel()
	answers := make(chan roll, len(l.cfg.Members))
	for _, m := range l.cfg.Members {
		if m.ID != l.cfg.ID {
			go func() { answers <- l.call(ctx, m) }() // ends with ctx
		}
	}
	sum := roll{empty: 1}
	for range len(l.cfg.Members) - 1 {
		sum = sum.plus(<-answers)
	}
	return sum
}

// call asks one.
func (l *Log) call(ctx context.Context, m Member) roll {
	switch has, err := l.progress(ctx, m); {
	case err != nil:
		return roll{silent: withHint(err)}
	case has > firstEntry:
		return roll{begun: true}
	}
	return roll{empty: 1}
}

func (r roll) plus(o roll) roll {
	silent := cmp.Or(r.silent, o.silent)
	if r.silent != nil && o.silent != nil {
		silent = fmt.Errorf("%w; %w", r.silent, o.silent)
	}
	return roll{r.empty + o.empty, r.begun || o.begun, silent}
}

// found begins a cluster. The others do the same, each in its own log.
func (l *Log) found() error {
	if err := l.raft.BootstrapCluster(voters(l.cfg.Members)).Error(); err != nil {
		return fmt.Errorf("first configuration: %w", err)
	}
	if err := remember(l.cfg.Dir, l.cluster); err != nil { // done again at the next start
		l.logger.Warn("a log that is lost would not be missed", "error", err)
	}
	close(l.port.part)
	return nil
}

// comeBack has the leader let this node in without a vote, and asks for one until it has it.
func (l *Log) comeBack() error {
	self := Member{l.cfg.ID, l.cfg.address(l.port.listener)}
	a, err := l.knock(l.wheel.ended, l.others(), question{kind: askReturn, cluster: l.cluster, member: self})
	if err = cmp.Or(err, withHint(a.err())); err == nil {
		err = l.store.oweVote(true)
	}
	if err != nil {
		return fmt.Errorf("this node has no data, and other members have: it waits to be let in by their leader: %w", err)
	}
	l.logger.Info("let in with no data: this node votes when it has the log")
	close(l.port.part)
	l.seekVote()
	return nil
}

// takeBack takes the vote of a member that comes with nothing, on the leader.
func (l *Log) takeBack(ctx context.Context, m Standing, q question) error {
	switch has, err := l.progress(ctx, m.Member); {
	case m.Addr != q.member.Addr:
		return fmt.Errorf("%s is at %s, and not at %s: start it once with cluster.join", m.ID, m.Addr, q.member.Addr)
	case m.Observer:
		return nil
	case err != nil:
		return err
	case has > 0:
		return fmt.Errorf("%s runs at %s and has a log", m.ID, m.Addr)
	}
	if err := l.goesOnWithout(ctx, m); err != nil {
		return err
	}
	if err := l.await(l.raft.DemoteVoter(raft.ServerID(m.ID), q.after, askTime)); err != nil {
		return fmt.Errorf("take the vote of %v: %w", m.Member, err)
	}
	l.logger.Info("member comes with no data: it votes again when it has the log", "member", m.Member)
	return nil
}
