package replica

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// A vote that the majority needs is not taken away, whoever is asked to; one that it does not need is.
func TestMajorityStays(t *testing.T) {
	ctx := within(t)
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	dead, alive := rest[0], rest[1]
	dead.kill(t)
	for _, asked := range []*node{leader, alive} {
		for _, gone := range []*node{leader, alive} {
			if _, err := asked.log.Remove(ctx, gone.cfg.ID, 0); !errors.Is(err, ErrNoMajority) || errors.Is(err, ErrRefused) {
				t.Errorf("remove %s, asked at %s: %v", gone.cfg.ID, asked.cfg.ID, err)
			}
		}
	}
	left := cluster{leader, alive}
	leader.propose(t, "goes on")
	left.same(t, 1)
	if _, err := alive.log.Remove(ctx, dead.cfg.ID, 0); err != nil {
		t.Fatal(err)
	}
	leader.propose(t, "with two")
	left.same(t, 2)
}

// A vote is moved to where its owner is, though he lacks what came while he moved, and to nowhere else.
func TestVoteIsMoved(t *testing.T) {
	ctx := within(t)
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	mover := rest[0]
	for what, addr := range map[string]string{"nobody": freeAddress(t), "this is " + rest[1].cfg.ID: rest[1].cfg.Listen} {
		_, err := rest[1].log.AddObserver(ctx, Member{mover.cfg.ID, addr}, 0)
		if !errors.Is(err, ErrRefused) || what != "nobody" && !strings.Contains(err.Error(), what) {
			t.Errorf("moved to where %s is: %v", what, err)
		}
	}
	mover.kill(t)
	for i := range 2 * nearlyAll {
		leader.propose(t, "%d", i)
		leader.applied(t, i+1)
	}
	mover.cfg.Listener = listen(t, "")
	mover.cfg.Listen = mover.cfg.Listener.Addr().String()
	mover.start(t)
	if _, err := leader.log.AddObserver(ctx, Member{mover.cfg.ID, mover.cfg.Listen}, 0); err != nil {
		t.Fatal(err)
	}
	c.same(t, 2*nearlyAll)
}

// Who answers and has not got the log, or whose disk has failed, is no part of a majority.
func TestWhoKeepsUp(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	for i := range nearlyAll {
		n.propose(t, "%d", i)
		n.applied(t, i+1)
	}
	last := n.log.raft.LastIndex()
	for _, test := range []struct {
		says answer
		want bool
	}{
		{answer{kind: saidDone, value: last}, true},
		{answer{kind: saidDone, value: last - nearlyAll}, true},
		{answer{kind: saidDone, value: last - nearlyAll - 1}, false},
		{refused("no"), false},
	} {
		p := openPort(listen(t, ""), nil, doors{ask: func(conn net.Conn) {
			defer conn.Close()
			if q, err := readQuestion(conn); err == nil && q.kind == askProgress {
				_, _ = conn.Write(appendAnswer(nil, test.says))
			}
		}})
		p.start()
		if got := n.log.keepsUp(within(t), Member{ID: "n2", Addr: p.listener.Addr().String()}); got != test.want {
			t.Errorf("%+v of %d: %v", test.says, last, got)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
	n.log.fault.set(errDisk)
	if a := n.log.reply(within(t), question{kind: askProgress}); a.kind != saidRefused {
		t.Errorf("with a disk that has failed: %+v", a)
	}
}
