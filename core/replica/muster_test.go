package replica

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// wipe takes from a node that was killed all that it kept.
func (n *node) wipe(t *testing.T) {
	t.Helper()
	n.cfg.Dir = t.TempDir()
}

func (n *node) hears(t *testing.T, members ...string) {
	t.Helper()
	n.wait(t, n.cfg.ID+" hears of members", func() bool {
		var heard []string
		for _, c := range n.changes {
			_, names, _ := strings.Cut(c, ": ")
			heard = append(heard, names)
		}
		return slices.Equal(heard, members)
	})
}

// Of three, one was away and one forgot: what they acknowledged is with the third alone. Those two elect nobody, however
// often the one stands, and when the third is there, nothing is lost.
func TestWhoForgotElectsNobody(t *testing.T) {
	var said diary
	c := startCluster(t, 3, func(cfg *Config) { hasty(cfg); cfg.Logger = said.logger() })
	leader, rest := c.roles(t)
	behind, forgetful := rest[0], rest[1]
	behind.kill(t)
	leader.propose(t, "acknowledged")
	cluster{leader, forgetful}.same(t, 1)
	leader.kill(t)
	forgetful.kill(t)
	forgetful.wipe(t)
	behind.start(t)
	forgetful.start(t)
	eventually(t, "it says that it waits", func() bool { return said.count("waits to be let in") > 0 })
	if told := behind.told(); slices.Contains(told, "lead") {
		t.Fatalf("elected by who forgot: %q", told)
	}
	if why := forgetful.log.Status().Alone; why == nil || !strings.Contains(why.Error(), "no data") {
		t.Errorf("it says %v", why)
	}
	leader.start(t)
	if got := c.same(t, 1); got[0] != "acknowledged" {
		t.Errorf("%q", got)
	}
	forgetful.hears(t, "n1 n2 n3", without(forgetful), "n1 n2 n3")
	c.roles(t)
}

// without are three members, the one of them with no vote.
func without(n *node) string { return strings.Replace("n1 n2 n3", n.cfg.ID, n.cfg.ID+"*", 1) }

// Who comes back with nothing gets everything, and then votes.
func TestComesBackWithNothing(t *testing.T) {
	c := startCluster(t, 3, nil)
	late := c[2]
	late.kill(t)
	late.wipe(t)
	c[0].propose(t, "without the third")
	c[:2].same(t, 1)
	late.start(t)
	late.hears(t, "n1 n2 n3", "n1 n2 n3*", "n1 n2 n3")
	late.propose(t, "with it")
	c.same(t, 2)
	c[0].kill(t)
	late.stand(t)
	next, _ := c[1:].roles(t)
	next.propose(t, "it votes")
	c[1:].same(t, 3)
}

// A node that was let in, and killed before it had its vote, gets it when it is back.
func TestOwedVote(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	n := rest[0]
	if err := leader.log.raft.DemoteVoter(raft.ServerID(n.cfg.ID), 0, askTime).Error(); err != nil {
		t.Fatal(err)
	}
	n.kill(t)
	n.keeps(t, func(s *store) error { return s.oweVote(true) })
	n.start(t)
	n.hears(t, "n1 n2 n3", without(n), "n1 n2 n3")
	owed := func() bool {
		is, err := n.log.store.number(owedKey)
		return is != 0 || err != nil
	}
	for ctx := within(t); owed(); {
		if !pause(ctx, time.Millisecond) {
			t.Fatal("it has its vote, and asks for one again when it is started")
		}
	}
}

// keeps opens what a node that was killed keeps.
func (n *node) keeps(t *testing.T, change func(*store) error) {
	t.Helper()
	cfg := n.cfg
	if err := cfg.applyDefaultsAndValidate(); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(&cfg, newBridge(discard), testFault())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(change(s), s.close()); err != nil {
		t.Fatal(err)
	}
}

// Nobody begins a cluster while a member is not there: it may be the one that has what another has forgotten.
func TestNobodyBeginsAnew(t *testing.T) {
	c := startCluster(t, 3, hasty)
	leader, rest := c.roles(t)
	for _, n := range c {
		n.kill(t)
	}
	rest[0].wipe(t) // it never had anything, say
	rest[1].wipe(t)
	rest[0].start(t)
	rest[1].start(t)
	for _, n := range rest {
		n.says(t, "2 of 3 are")
		if len(n.told()) > 0 || n.last(t) > 0 {
			t.Errorf("%s was told %q, and its log ends with %d", n.cfg.ID, n.told(), n.last(t))
		}
	}
	leader.start(t)
	rest[0].says(t, "waits to be let in")
}

// says waits until a node says why it has no leader.
func (n *node) says(t *testing.T, why string) {
	t.Helper()
	for ctx := within(t); !strings.Contains(fmt.Sprint(n.log.Status().Alone), why); {
		if !pause(ctx, time.Millisecond) {
			t.Fatalf("%s says %v, want %q", n.cfg.ID, n.log.Status().Alone, why)
		}
	}
}

// Who has nothing is nobody whom the others could do without a member for: it takes no part.
func TestWhoHasNothingDoesNotCount(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	leader.log.changing <- struct{}{} // so that it is not let in
	rest[0].kill(t)
	rest[0].wipe(t)
	rest[0].start(t)
	err := leader.log.goesOnWithout(within(t), Standing{Member: Member{rest[1].cfg.ID, rest[1].cfg.Listen}})
	if !errors.Is(err, ErrNoMajority) {
		t.Errorf("%v: %v", rest[1].cfg.ID, err)
	}
	<-leader.log.changing
	rest[0].hears(t, "n1 n2 n3", without(rest[0]), "n1 n2 n3")
}

// Whoever has forgotten for whom he voted votes no more in those terms, and then again.
func TestNoVoteInForgottenTerms(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	n, other := rest[0], rest[1]
	n.kill(t)
	n.wipe(t)
	n.start(t)
	n.hears(t, "n1 n2 n3", without(n), "n1 n2 n3")
	term := leader.log.Status().Term
	for again := range 2 {
		for _, asked := range []uint64{term - 1, term} {
			if err := n.log.store.SetUint64(lastVoteTerm, asked); !errors.Is(err, errForgotten) {
				t.Errorf("start %d: vote in term %d of %d: %v", again, asked, term, err)
			}
		}
		n.kill(t)
		n.start(t)
		n.ready(t)
	}
	leader.kill(t)
	other.stand(t)
	next, _ := rest.roles(t)
	next.propose(t, "it votes")
	rest.same(t, 1)
}

// An observer is let in, and a voter has its vote, when whoever says so is the leader.
func TestSettledByTheLeader(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	voter := Member{rest[0].cfg.ID, rest[0].cfg.Listen}
	for _, n := range rest { // he cannot commit any more
		n.kill(t)
	}
	for _, q := range []question{{kind: askPromote, member: Member{ID: voter.ID}}, {kind: askRemove, member: Member{ID: "n4"}}} {
		if a := leader.log.reply(within(t), q); a.kind == saidDone {
			t.Errorf("%+v: %+v", q, a)
		}
	}
}

// Nodes that were killed in the middle of beginning a cluster begin it when they are back.
func TestKilledWhileTheyBegan(t *testing.T) {
	c := startCluster(t, 3, nil)
	for _, n := range c {
		n.kill(t)
		n.wipe(t)
		n.keeps(t, func(s *store) error { return s.SetUint64(currentTerm, firstTerm) })
	}
	for _, n := range c {
		n.start(t)
	}
	for _, n := range c {
		n.takesPart(t)
	}
	c[0].stand(t)
	c.roles(t)
}

// Who comes with nothing under the name of a member that runs is not let in, nor is one that is no member any more.
func TestNotTakenBack(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	ask := func(m Member) answer {
		return leader.log.reply(within(t), question{kind: askReturn, cluster: leader.log.cluster, member: m})
	}
	for want, m := range map[string]Member{
		"has a log":            {rest[0].cfg.ID, rest[0].cfg.Listen},
		"take it out":          {rest[0].cfg.ID, freeAddress(t)},
		"no member any more":   {"n4", freeAddress(t)},
		leader.cfg.ID + " run": {leader.cfg.ID, leader.cfg.Listen},
	} {
		if a := ask(m); a.kind != saidRefused || !strings.Contains(a.text, want) {
			t.Errorf("%v: %+v, want %q", m, a, want)
		}
	}
	leader.sees(t, "n1 n2 n3")
}
