package replica

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// newcomer is a node that asks at the doors of those who are there.
func newcomer(t *testing.T, id string, observer bool, doors ...*node) *node {
	t.Helper()
	n := &node{cfg: Config{ID: id, Dir: t.TempDir(), Observer: observer, Logger: discard}}
	for _, d := range doors {
		n.cfg.Join = append(n.cfg.Join, d.log.port.listener.Addr().String())
	}
	n.cfg.Listener = listen(t, "")
	n.cfg.Listen = n.cfg.Listener.Addr().String()
	patient(&n.cfg)
	return n
}

// members are those that a node has.
func (n *node) members() string { return names(n.log.Status().Members) }

// sees waits until a node has these members.
func (n *node) sees(t *testing.T, want string) {
	t.Helper()
	ctx := within(t)
	for n.members() != want && pause(ctx, time.Millisecond) {
	}
	if got := n.members(); got != want {
		t.Fatalf("%s has the members %q, want %q", n.cfg.ID, got, want)
	}
}

// A cluster grows from one node: the second comes to vote, the third to look on, by way of the second; both have all
// records, propose, hear of commits by the beacon, and are what they were after a restart.
func TestJoin(t *testing.T) {
	slow := func(c *Config) { c.CommitTimeout = time.Minute } // whoever hears of a commit heard the beacon
	c := startCluster(t, 1, slow)
	c[0].propose(t, "first")
	for _, observer := range []bool{false, true} {
		n := newcomer(t, map[bool]string{false: "n2", true: "n3"}[observer], observer, c[len(c)-1])
		slow(&n.cfg)
		n.start(t)
		n.ready(t)
		c = append(c, n)
		if !observer {
			n.sees(t, "n1 n2")
		}
	}
	for _, n := range c {
		n.sees(t, "n1 n2 n3*")
		n.propose(t, "%s", n.cfg.ID)
	}
	c.same(t, 4)
	last := c[2]
	last.kill(t)
	c[0].propose(t, "while one was away")
	last.start(t)
	last.ready(t)
	last.propose(t, "again")
	c.same(t, 6)
	if a, b := c[0].log.Status().Cluster, last.log.Status().Cluster; a != b {
		t.Errorf("cluster %s and %s", a, b)
	}
}

// Any node has members changed, and the cluster that is left goes on.
func TestMembersChange(t *testing.T) {
	ctx := within(t)
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	n := newcomer(t, "n4", true, rest[0])
	n.start(t)
	n.ready(t)
	if _, err := rest[1].log.Promote(ctx, "n4", 0); err != nil {
		t.Fatal(err)
	}
	leader.sees(t, "n1 n2 n3 n4")
	if _, err := n.log.Remove(ctx, rest[1].cfg.ID, 0); err != nil {
		t.Fatal(err)
	}
	rest[1].wait(t, "the removed one follows nobody", func() bool { return rest[1].leader == "" })
	rest[1].wait(t, "the removed one hears that it was", func() bool { return !strings.Contains(rest[1].changes[len(rest[1].changes)-1], rest[1].cfg.ID) })
	if _, err := leader.log.Remove(ctx, leader.cfg.ID, 0); err != nil {
		t.Fatal(err)
	}
	rest[0].log.wheel.touch()
	left := cluster{rest[0], n}
	left[0].stand(t)
	next, _ := left.roles(t)
	next.propose(t, "goes on")
	left.same(t, 1)
	if _, err := next.log.Promote(ctx, "nobody", 0); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("promote nobody: %v", err)
	}
}

// Every node hears of members in the same place among the records, however they are batched, and again after a restart.
func TestMembersComeInTheirPlace(t *testing.T) {
	ctx := within(t)
	c := startCluster(t, 1, nil)
	c = append(c, newcomer(t, "n2", true, c[0]))
	c[1].start(t)
	c[1].ready(t)
	for i := range 500 {
		c[0].propose(t, "%d", i)
		var err error
		switch i {
		case 100:
			_, err = c[1].log.AddObserver(ctx, Member{ID: "n0", Addr: "127.0.0.1:1"}, 0)
		case 300:
			_, err = c[0].log.Remove(ctx, "n0", 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c.same(t, 500)
	c[1].kill(t)
	c[1].start(t)
	c.same(t, 500)
	first := c[0].heard()
	if want := []string{"n1", "n1 n2*", "n0* n1 n2*", "n1 n2*"}; !slices.EqualFunc(first, want, func(got, want string) bool { return strings.HasSuffix(got, ": "+want) }) {
		t.Errorf("n1 heard %q, want %q", first, want)
	}
	if got := c[1].heard(); !slices.Equal(got, first) {
		t.Errorf("n2 heard %q, n1 %q", got, first)
	}
}

// Of two changes that rest on the same configuration one is made, whichever node is asked, and another can rest on it.
func TestChangesRestOnAConfiguration(t *testing.T) {
	ctx := within(t)
	c := startCluster(t, 3, nil)
	_, rest := c.roles(t)
	rest[0].propose(t, "behind the first configuration")
	c.same(t, 1)
	first := rest[0].log.Status().MembersIndex
	now, err := rest[0].log.AddObserver(ctx, Member{ID: "n4", Addr: "127.0.0.1:1"}, first)
	if err != nil || now <= first {
		t.Fatalf("configuration %d after %d: %v", now, first, err)
	}
	for _, n := range c {
		_, add := n.log.AddObserver(ctx, Member{ID: "n5", Addr: "127.0.0.1:2"}, first)
		_, promote := n.log.Promote(ctx, "n4", first)
		_, remove := n.log.Remove(ctx, "n4", first)
		for _, err := range []error{add, promote, remove} {
			if !errors.Is(err, ErrChanged) || errors.Is(err, ErrRefused) {
				t.Errorf("asked at %s: %v", n.cfg.ID, err)
			}
		}
		n.sees(t, "n1 n2 n3 n4*")
	}
	last, err := rest[1].log.Remove(ctx, "n4", now)
	if err != nil || last <= now {
		t.Errorf("configuration %d after %d: %v", last, now, err)
	}
	for _, n := range c {
		n.wait(t, "hears of it", func() bool { return len(n.changes) == 3 })
		n.propose(t, "behind the last")
	}
	c.same(t, 4)
	for _, n := range c {
		if got := n.log.Status().MembersIndex; got != last {
			t.Errorf("%s is at configuration %d, not %d", n.cfg.ID, got, last)
		}
	}
}

// A snapshot brings the index of its configuration to the node that begins with it.
func TestSnapshotHasTheConfigurationsIndex(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	want, err := n.log.AddObserver(within(t), Member{ID: "n0", Addr: "127.0.0.1:1"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	n.propose(t, "something")
	n.applied(t, 1)
	if err := n.log.Snapshot(); err != nil {
		t.Fatal(err)
	}
	n.kill(t)
	n.start(t)
	n.ready(t)
	if got := n.log.Status().MembersIndex; got != want {
		t.Errorf("configuration %d, not %d", got, want)
	}
}

func TestTheLastVoteStays(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	if _, err := n.log.Remove(within(t), "n1", 0); !errors.Is(err, ErrRefused) {
		t.Errorf("remove the only one: %v", err)
	}
	if _, err := n.log.AddObserver(within(t), Member{ID: "n2"}, 0); !errors.Is(err, ErrRefused) {
		t.Errorf("add one without an address: %v", err)
	}
	n.propose(t, "goes on")
	n.applied(t, 1)
}

// Nobody is let in who has the data of another cluster, or had a vote and has forgotten it.
func TestNotLetIn(t *testing.T) {
	home, foreign := startCluster(t, 3, nil), startCluster(t, 1, nil)[0]
	foreign.kill(t)
	foreign.cfg.Join, foreign.cfg.Listener = []string{home[0].cfg.Listen}, listen(t, foreign.cfg.Listen)
	if _, err := Open(foreign.cfg, newRecorder()); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), home[0].log.cluster.String()) {
		t.Errorf("with other data: %v", err)
	}
	_, rest := home.roles(t)
	rest[0].kill(t)
	blank := newcomer(t, rest[0].cfg.ID, false, home...)
	blank.cfg.Join = []string{rest[1].cfg.Listen}
	if _, err := Open(blank.cfg, newRecorder()); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "remove it first") {
		t.Errorf("with a vote and no data: %v", err)
	}
}

// A copy of a member's data is not let in beside the member, at no other's word; when the member has been stopped, it has
// moved.
func TestOneOfEachName(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, followers := c.roles(t)
	for _, n := range []*node{leader, followers[0]} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(n.cfg.Dir)); err != nil {
			t.Fatal(err)
		}
		double := &node{cfg: n.cfg}
		double.cfg.Dir, double.cfg.Listener = dir, listen(t, "")
		double.cfg.Listen, double.cfg.Members = double.cfg.Listener.Addr().String(), nil
		double.cfg.Join = []string{followers[1].cfg.Listen}
		if _, err := Open(double.cfg, newRecorder()); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "runs at "+n.cfg.Listen) {
			t.Errorf("%s: %v", n.cfg.ID, err)
		}
		if n == leader {
			continue
		}
		n.kill(t)
		double.cfg.Listener = listen(t, double.cfg.Listen)
		double.start(t)
		double.ready(t)
		if m, _ := leader.log.find(n.cfg.ID); m.Addr != double.cfg.Listen || m.Observer {
			t.Errorf("it has moved to %s, and the leader knows of %v", double.cfg.Listen, m)
		}
	}
}

func TestForeignStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := &pipes{make(chan net.Conn), make(chan struct{})}
		var heard []clusterID
		p := openPort(listener, nil, doors{foreign: func(_ net.Conn, c clusterID) { heard = append(heard, c) }})
		p.cluster = 7
		p.start()
		for _, kind := range []byte{streamRaft, streamForward} {
			here := listener.connect()
			if _, err := here.Write(greeting(kind, 8)); err != nil {
				t.Fatal(err)
			}
			if _, err := here.Read(make([]byte, 1)); err == nil {
				t.Errorf("%#x: let in", kind)
			}
		}
		if err := p.close(); err != nil || !slices.Equal(heard, []clusterID{8, 8}) {
			t.Errorf("heard %v, %v", heard, err)
		}
	})
}

func TestClusterIDs(t *testing.T) {
	a, b := Member{ID: "a", Addr: "h:1"}, Member{ID: "b", Addr: "h:2"}
	if newCluster([]Member{a, b}) != newCluster([]Member{b, a}) {
		t.Error("the order of the members counts")
	}
	if newCluster([]Member{a, b}) == newCluster([]Member{a, {ID: "b", Addr: "h:3"}}) || newCluster([]Member{a}) == newCluster([]Member{a}) {
		t.Error("two clusters have the same id")
	}
}

func FuzzQuestion(f *testing.F) {
	f.Add(appendQuestion(nil, question{askJoin, 7, 8, Member{ID: "n1", Addr: "h:1"}}))
	f.Add(appendAnswer(nil, answer{saidElsewhere, 9, "h:2"}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if q, err := readQuestion(bytes.NewReader(data)); err == nil {
			again, err := readQuestion(bytes.NewReader(appendQuestion(nil, q)))
			if err != nil || again != q {
				t.Errorf("%+v became %+v, %v", q, again, err)
			}
		}
		if a, err := readAnswer(bytes.NewReader(data)); err == nil {
			again, err := readAnswer(bytes.NewReader(appendAnswer(nil, a)))
			if err != nil || again != a {
				t.Errorf("%+v became %+v, %v", a, again, err)
			}
		}
	})
}
