package replica

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// Raft takes new members into use before it has committed them. Those of them that can commit nothing end the lead, and
// nobody can take them back: whoever leads must be one of them, by their votes. So the leader counts first.

// countTime bounds the count; who is slower than that counts as away.
const countTime = 2 * time.Second

// goesOnWithout is nil when a majority of those who have a vote without m is there, and else ErrNoMajority. Nobody is
// asked when m has none, or the only one: raft does not take that.
func (l *Log) goesOnWithout(ctx context.Context, m Standing) error {
	var voters []Member
	for _, s := range l.members() {
		if !s.Observer && s.ID != m.ID {
			voters = append(voters, s.Member)
		}
	}
	if m.Observer || len(voters) == 0 {
		return nil
	}
	if !l.majority(ctx, voters) {
		return fmt.Errorf("%w: %d with a vote would be left", ErrNoMajority, len(voters))
	}
	return nil
}

// majority asks all at once, and waits no longer than until there are enough.
func (l *Log) majority(ctx context.Context, voters []Member) bool {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	answers := make(chan bool, len(voters))
	for _, m := range voters {
		asking.Go(func() { answers <- m.ID == l.cfg.ID || l.keepsUp(ctx, m) })
	}
	there := 0
	for range voters {
		if <-answers {
			there++
		}
		if 2*there > len(voters) {
			return true
		}
	}
	return false
}

// keepsUp asks a member whether it is there and has nearly all of the log. One that has nothing takes no part yet.
func (l *Log) keepsUp(ctx context.Context, m Member) bool {
	has, err := l.progress(ctx, m)
	if err != nil || has == 0 || has+nearlyAll < l.raft.LastIndex() {
		l.logger.Debug("member does not keep up", "member", m, "has", has, "error", err)
		return false
	}
	return true
}

// progress asks a member how far its log is. It is an error when somebody else is at its address, or nobody.
func (l *Log) progress(ctx context.Context, m Member) (uint64, error) {
	a, err := l.port.ask(ctx, m.Addr, question{kind: askProgress, cluster: l.cluster, member: Member{ID: m.ID}})
	return a.value, cmp.Or(err, a.err())
}

// isAt is nil when a member that votes is at its address to be: a majority may need it there.
func (l *Log) isAt(ctx context.Context, m Member) error {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	if _, err := l.progress(ctx, m); err != nil {
		return fmt.Errorf("%s has a vote, and is not at %s: start it there first: %w", m.ID, m.Addr, err)
	}
	return nil
}

// isGone is nil when a member that comes from elsewhere now is not at its address any more: there is one of each name.
func (l *Log) isGone(ctx context.Context, m Member) error {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	if m.ID != l.cfg.ID {
		if _, err := l.progress(ctx, m); err != nil {
			return nil
		}
	}
	return fmt.Errorf("%s runs at %s: stop it there first, or is this a copy of its data folder?", m.ID, m.Addr)
}
