package replica

import (
	"context"
	"errors"
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

// keepsUp asks a member whether it is there and has nearly all of the log.
func (l *Log) keepsUp(ctx context.Context, m Member) bool {
	a, err := l.port.ask(ctx, m.Addr, question{kind: askProgress, cluster: l.cluster})
	if err = errors.Join(err, a.err()); err != nil || a.value+nearlyAll < l.raft.LastIndex() {
		l.logger.Debug("member does not keep up", "member", m, "has", a.value, "error", err)
		return false
	}
	return true
}
