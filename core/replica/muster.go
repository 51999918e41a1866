package replica

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/raft"
)

// Those who begin a cluster have nothing, and neither has a member that lost its data folder; but that one has forgotten
// what it acknowledged, and for whom it voted. Its vote could elect a leader who lacks what it has forgotten, and its
// acknowledgement could keep a leader going who was deposed by that vote. So a node that has nothing takes no part in raft,
// and asks the others what they have. When all of them have nothing, they begin together. When anybody has something, the
// leader is asked to let it in, and does that as with a new node: the others commit that it has no vote, and it gets one
// when it has the log. In terms up to his it votes for nobody, for it may have. One who does not answer may be the one who
// has something.

// musterTime is how long a node is on its way into its cluster before it says what it waits for.
const musterTime = time.Second

// What a node has that has done nothing in its cluster but begin it: the first configuration, and the term of that. Nobody
// votes in that term.
const firstEntry, firstTerm = 1, 1

// holdBack keeps a node that has nothing out of raft until muster has found out why. One that was killed in the middle of
// its beginning has the term of that, and raft would take it for a node with a past.
func (l *Log) holdBack() error {
	l.cluster, l.port.part = newCluster(l.cfg.Members), make(chan struct{})
	term, err := l.store.number(currentTerm)
	if err == nil && term <= firstTerm {
		err = l.store.resetTerm()
	}
	return err
}

// takePart lets a node into raft: it knows its cluster.
func (l *Log) takePart() {
	close(l.port.part)
	l.alone.Store(nil)
}

// muster brings a node that has nothing into its cluster. It ends then, or when the log is closed.
func (l *Log) muster() {
	began := time.Now()
	for wait := minPause; ; wait = min(2*wait, maxPause) {
		err := l.gather()
		if err == nil {
			return
		}
		if time.Since(began) > musterTime && l.wheel.ended.Err() == nil {
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
func (l *Log) gather() error {
	switch r, all := l.callRoll(), len(l.cfg.Members); {
	case r.begun:
		return l.comeBack()
	case r.empty == all:
		return l.found()
	default:
		return fmt.Errorf("this node has no data, and a new cluster begins when all its members are there: %d of %d are: %w", r.empty, all, r.silent)
	}
}

// roll is what the members have, this one among them.
type roll struct {
	empty  int   // so many have nothing
	begun  bool  // somebody has something
	silent error // of those who did not answer; nil: all did
}

// callRoll asks all others at once, until one has something.
func (l *Log) callRoll() roll {
	ctx, cancel := context.WithTimeoutCause(l.wheel.ended, greetTime, errSilent)
	defer cancel()
	answers := make(chan roll, len(l.cfg.Members))
	for _, m := range l.cfg.Members {
		if m.ID != l.cfg.ID {
			go func() { answers <- l.call(ctx, m) }() // ends with ctx
		}
	}
	sum := roll{empty: 1}
	for waits := len(l.cfg.Members) - 1; waits > 0 && !sum.begun; waits-- {
		sum = sum.plus(<-answers)
	}
	return sum
}

// call asks one.
func (l *Log) call(ctx context.Context, m Member) roll {
	a, err := l.port.ask(ctx, m.Addr, question{kind: askPast, cluster: l.cluster, member: Member{ID: m.ID}})
	switch err = cmp.Or(hungUp(err), a.err()); {
	case err != nil:
		return roll{silent: hintFirst(err)}
	case a.value != 0:
		return roll{begun: true}
	}
	return roll{empty: 1}
}

// hintFirst says what to do about an error of another cluster, to a node with nothing.
func hintFirst(err error) error {
	if errors.Is(err, ErrForeign) {
		return fmt.Errorf("%w: is cluster.members the list that it began with, the same, to the letter, on every node? A node that "+
			"has lost its data folder can also be taken out, and join again", err)
	}
	return err
}

// past answers the node with nothing that calls the roll.
func (l *Log) past(q question) answer {
	if a := l.addressed(q.member.ID); a.kind == saidRefused {
		return a
	}
	if l.raft.LastIndex() > firstEntry || l.raft.CurrentTerm() > firstTerm {
		return answer{kind: saidDone, value: 1}
	}
	return answer{kind: saidDone}
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
	if err := l.store.setCluster(l.cluster); err != nil {
		return err
	}
	if err := l.raft.BootstrapCluster(voters(l.cfg.Members)).Error(); err != nil {
		return fmt.Errorf("first configuration: %w", err)
	}
	l.remember()
	l.takePart()
	return nil
}

// comeBack has the leader let this node in without a vote, and asks for one until it has it.
func (l *Log) comeBack() error {
	self := Member{l.cfg.ID, l.cfg.address(l.port.listener)}
	a, err := l.knock(l.wheel.ended, l.others(), question{kind: askReturn, cluster: l.cluster, member: self})
	if err = cmp.Or(err, hintFirst(a.err())); err == nil {
		err = cmp.Or(l.store.abstain(a.value), l.store.setCluster(l.cluster), l.store.oweVote(true))
	}
	if err != nil {
		return fmt.Errorf("this node has no data, and other members have: it waits to be let in by their leader: %w", err)
	}
	l.logger.Info("let in with no data: this node votes when it has the log")
	l.takePart()
	l.seekVote()
	return nil
}

// takeBack takes the vote of a member that comes with nothing, on the leader.
func (l *Log) takeBack(ctx context.Context, m Standing, q question) error {
	if m.Addr != q.member.Addr {
		return fmt.Errorf("%s is at %s, and not at %s: take it out, and let it join", m.ID, m.Addr, q.member.Addr)
	}
	if m.Observer {
		return l.settled()
	}
	asking, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	switch has, err := l.progress(asking, m.Member); {
	case err != nil:
		return fmt.Errorf("the leader does not reach %s at %s: %w", m.ID, m.Addr, err)
	case has > 0:
		return fmt.Errorf("%s runs at %s and has a log", m.ID, m.Addr)
	}
	if err := l.goesOnWithout(ctx, m); err != nil {
		return err
	}
	if err := l.await(l.raft.DemoteVoter(raft.ServerID(m.ID), q.after, askTime)); err != nil {
		return fmt.Errorf("take the vote of %v: %w", m.Member, err)
	}
	l.wheel.touch() // early appends go to those who vote
	l.logger.Info("member comes with no data: it votes again when it has the log", "member", m.Member)
	return nil
}
