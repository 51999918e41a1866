package replica

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"time"

	"github.com/hashicorp/raft"
)

// clusterID tells clusters apart. It is made with the first configuration, kept beside the log, and is the first that
// nodes say to each other: one that has the data, or the address, of another cluster is turned away before it can do
// harm.
type clusterID uint64

func (c clusterID) String() string { return fmt.Sprintf("%016x", uint64(c)) }

// newCluster is the id of a new cluster. Nodes that begin together must have the same without a word between them, so
// it is made of the members; a node that begins alone takes any.
func newCluster(members []Member) clusterID {
	if len(members) < 2 {
		var any [8]byte
		_, _ = rand.Read(any[:]) // it never fails
		return clusterID(binary.BigEndian.Uint64(any[:]) | 1)
	}
	sum := sha256.New()
	for _, m := range slices.SortedFunc(slices.Values(members), byID) {
		fmt.Fprintf(sum, "%q %q\n", m.ID, m.Addr)
	}
	return clusterID(binary.BigEndian.Uint64(sum.Sum(nil)) | 1)
}

const (
	joinTime  = 30 * time.Second // until a node that found nobody to let it in gives up
	joinPause = 200 * time.Millisecond
	joinTell  = 5 * time.Second // between two warnings about that
)

// begin makes this node one of a cluster: the one it belongs to, the one that it is to join, or a new one.
func (l *Log) begin(self string, conf *raft.Config) error {
	past, err := l.store.past()
	if err != nil {
		return err
	}
	if l.cluster, err = l.store.cluster(); err != nil {
		return err
	}
	if err := l.compare(past); err != nil {
		return err
	}
	if len(l.cfg.Join) > 0 {
		return l.join(self, past)
	}
	if !past && len(l.cfg.Members) > 1 {
		return l.holdBack()
	}
	if l.cluster == 0 {
		if err := l.belong(newCluster(l.cfg.Members)); err != nil {
			return err
		}
	}
	if past {
		return nil
	}
	if err := l.store.bootstrap(conf, l.transport, l.cfg.configuration(self)); err != nil {
		return err
	}
	return remember(l.cfg.Dir, l.cluster)
}

func (l *Log) belong(to clusterID) error {
	l.cluster = to
	return l.store.setCluster(to)
}

// join asks the members to be let in. A node that has a log was let in before: it only makes sure that it is at the
// right door, and when nobody is there goes on, for all may be starting.
func (l *Log) join(self string, past bool) error {
	ctx, cancel := context.WithTimeout(l.wheel.ended, joinTime)
	defer cancel()
	go func() { // ends with ctx
		select {
		case <-l.cfg.GiveUp:
			cancel()
		case <-ctx.Done():
		}
	}()
	q := question{kind: askJoin, cluster: l.cluster, member: Member{ID: l.cfg.ID, Addr: self}}
	for told := (time.Time{}); ; {
		a, err := l.knock(ctx, l.cfg.Join, q)
		switch {
		case a.kind == saidDone && l.cluster == 0:
			return l.belong(clusterID(a.value))
		case a.kind == saidDone:
			return nil
		case a.kind == saidRefused:
			return fmt.Errorf("join: %w", a.err())
		case past:
			l.logger.Info("not compared with the cluster of cluster.join", "reason", err)
			return nil
		}
		if time.Since(told) > joinTell {
			told = time.Now()
			l.logger.Warn("not let in yet", "reason", err)
		}
		if !pause(ctx, joinPause) {
			return fmt.Errorf("join: not let in: %w", err)
		}
	}
}

// knock asks at one door after the other until there is an answer that counts. The error names every door.
func (l *Log) knock(ctx context.Context, doors []string, q question) (answer, error) {
	err := ErrNoLeader
	for i, addr := range doors {
		a, failed := l.askAt(ctx, addr, q)
		if failed == nil {
			return a, nil
		}
		if i > 0 {
			failed = fmt.Errorf("%w; %w", err, failed)
		}
		err = failed
	}
	return answer{}, err
}

// errSilent is the cause when a node that is asked takes the connection and says nothing for greetTime.
var errSilent = errors.New("it takes the connection and does not answer: is it the peer port of a node?")

// askAt asks a node, and whom it says leads.
func (l *Log) askAt(ctx context.Context, addr string, q question) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, greetTime, errSilent)
	defer cancel()
	a, err := l.port.ask(ctx, addr, q)
	if err == nil && a.kind == saidElsewhere && a.text != "" {
		a, err = l.port.ask(ctx, a.text, q)
	}
	if err == nil && a.kind == saidElsewhere {
		return a, fmt.Errorf("%s: %w", addr, ErrNoLeader)
	}
	return a, hungUp(err)
}

// hungUp says what an end that comes too early may mean.
func hungUp(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("%w: it hangs up: is it the peer port of a node, and has it the TLS setting of this one?", err)
	}
	return err
}

// seekPlace brings a node to where it is not yet: into its cluster, and to its vote.
func (l *Log) seekPlace() {
	if l.port.apart() {
		l.muster()
		return
	}
	owed, err := l.store.number(owedKey)
	if err != nil {
		l.logger.Warn("nobody knows whether this node is to have a vote", "error", err)
	}
	if owed != 0 || len(l.cfg.Join) > 0 && !l.cfg.Observer {
		l.seekVote()
	}
}

// seekVote has this node promoted, when it joined to vote, or came back with nothing. It ends when it has its vote, or the
// log is closed. The leader is asked in any case: what is here of the log may be old.
func (l *Log) seekVote() {
	for {
		ctx, cancel := context.WithTimeout(l.wheel.ended, askTime)
		_, err := l.Promote(ctx, l.cfg.ID, 0)
		cancel()
		if err == nil {
			err = l.store.oweVote(false)
		}
		if err == nil {
			l.remember()
			return
		}
		l.logger.Debug("no vote yet", "error", err)
		if !pause(l.wheel.ended, joinPause) {
			return
		}
	}
}
