package replica

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOneNode(t *testing.T) {
	c := startCluster(t, 1, nil)
	n := c[0]
	for i := range 100 {
		n.propose(t, "%d", i)
	}
	n.applied(t, 100)
	if s := n.log.Status(); s.ID != "n1" || s.Role != "leader" || s.Leader != "n1" || len(s.Members) != 1 || s.AppliedIndex < 2 {
		t.Errorf("status %+v", s)
	}
	n.kill(t)
	if err := n.log.Propose(nil); !errors.Is(err, ErrNoLeader) {
		t.Errorf("after close: %v, want ErrNoLeader", err)
	}
	if want := []string{"lead", "lost", "follow "}; !slices.Equal(n.told(), want) {
		t.Errorf("events %q, want %q", n.told(), want)
	}
	n.cfg.Listen = "" // another port
	n.start(t)
	n.ready(t)
	n.propose(t, "again")
	n.applied(t, 101)
	if got := n.state(); got[0] != "0" || got[99] != "99" || got[100] != "again" {
		t.Errorf("after restart: %q", got)
	}
}

// All that was committed before is applied when the machine hears that it leads.
func TestLeadComesAfterTheLog(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	for range 1000 {
		n.propose(t, "record")
	}
	n.applied(t, 1000)
	n.kill(t)
	n.start(t)
	n.wait(t, "leads", func() bool { return n.leads })
	if got := len(n.state()); got != 1000 {
		t.Errorf("leads with %d of 1000 records", got)
	}
}

func TestEveryNodeAppliesInOneOrder(t *testing.T) {
	const each = 500
	c := startCluster(t, 3, nil)
	for _, n := range c {
		go func() {
			for i := range each {
				if err := n.log.Propose(fmt.Appendf(nil, "%s %d", n.cfg.ID, i)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	next := make(map[string]int)
	for _, r := range c.same(t, 3*each) {
		id, number, _ := strings.Cut(r, " ")
		if number != fmt.Sprint(next[id]) {
			t.Fatalf("%s: record %s came where %d belongs", id, number, next[id])
		}
		next[id]++
	}
}

func TestRecordsArePacked(t *testing.T) {
	const count = 20_000
	for _, size := range []int{1, 3} {
		c := startCluster(t, size, func(c *Config) { c.MaxEntry = 4 << 10 })
		n := c[len(c)-1]
		for i := range count {
			n.propose(t, "record %d", i)
		}
		c.same(t, count)
		n.mu.Lock()
		entries := len(n.entries)
		n.mu.Unlock()
		if entries > count/10 || entries < count*8/(4<<10) {
			t.Errorf("%d nodes: %d records in %d entries", size, count, entries)
		}
	}
}

// The next entry is written while one is applied.
func TestDiskWorksWhileEntriesAreApplied(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	begun, done := make(chan struct{}, 1), make(chan struct{})
	n.change(func() { n.onApply = func(Entry) { begun <- struct{}{}; <-done } })
	n.propose(t, "applied for long")
	<-begun
	before, err := n.log.store.LastIndex()
	if err != nil {
		t.Fatal(err)
	}
	n.propose(t, "written meanwhile")
	for late := time.After(patience); ; runtime.Gosched() {
		last, err := n.log.store.LastIndex()
		if err != nil {
			t.Fatal(err)
		}
		if last > before {
			break
		}
		select {
		case <-late:
			t.Fatal("the disk waits for what is applied")
		default:
		}
	}
	close(done)
	<-begun
	n.applied(t, 2)
}

func TestLargeRecords(t *testing.T) {
	c := startCluster(t, 3, func(c *Config) { c.MaxEntry = 1 << 10 })
	large := strings.Repeat("x", 3<<20)
	_, followers := c.roles(t)
	followers[0].propose(t, "small")
	followers[0].propose(t, "%s", large)
	followers[0].propose(t, "after")
	if got := c.same(t, 3); got[0] != "small" || got[1] != large || got[2] != "after" {
		t.Error("records differ from what was proposed")
	}
	if err := followers[0].log.Propose(make([]byte, MaxRecord+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("beyond MaxRecord: %v", err)
	}
}

func TestLeaderKilled(t *testing.T) {
	c := startCluster(t, 3, hasty)
	leader, rest := c.roles(t)
	for i, n := range rest {
		n.propose(t, "before %d", i)
	}
	before := c.same(t, 2)
	leader.kill(t)
	for _, n := range rest {
		n.wait(t, n.cfg.ID+" has a new leader", func() bool { return n.leader != "" && n.leader != leader.cfg.ID })
		got := n.told()
		if want := []string{"follow " + leader.cfg.ID, "lost", "follow "}; !slices.Equal(got[:3], want) {
			t.Errorf("%s was told %q, want %q first", n.cfg.ID, got, want)
		}
		n.propose(t, "after %s", n.cfg.ID)
	}
	after := rest.same(t, 4)
	if !slices.Equal(after[:2], before) {
		t.Errorf("records %q, before %q", after, before)
	}
	leader.start(t)
	c.same(t, 4)
}

// Lost is for who has something to lose.
func TestNothingProposedNothingLost(t *testing.T) {
	c := startCluster(t, 3, hasty)
	leader, rest := c.roles(t)
	leader.kill(t)
	for _, n := range rest {
		n.wait(t, n.cfg.ID+" has a new leader", func() bool { return n.leader != "" && n.leader != leader.cfg.ID })
	}
	for _, n := range c {
		if slices.Contains(n.told(), "lost") {
			t.Errorf("%s was told %q", n.cfg.ID, n.told())
		}
	}
}

func TestMajorityLost(t *testing.T) {
	c := startCluster(t, 3, hasty)
	leader, rest := c.roles(t)
	rest[0].kill(t)
	rest[1].kill(t)
	leader.propose(t, "alone")
	leader.wait(t, "the leader gives up", func() bool { return !leader.leads })
	if want := []string{"lead", "lost", "follow "}; !slices.Equal(lastOf(leader.told(), 3), want) {
		t.Errorf("leader was told %q, want %q", leader.told(), want)
	}
	if err := leader.log.Propose(nil); !errors.Is(err, ErrNoLeader) {
		t.Errorf("without majority: %v", err)
	}
}

func lastOf(events []string, n int) []string { return events[max(len(events)-n, 0):] }

// A leader knows who follows him, and nobody else does.
func TestFollowers(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	if got := rest[0].log.Status().Followers; got != nil {
		t.Errorf("a follower is followed by %v", got)
	}
	rest[0].kill(t)
	eventually(t, "one follows", func() bool {
		leader.propose(t, "look again")
		return slices.Equal(leader.log.Status().Followers, []string{rest[1].cfg.ID})
	})
	rest[0].start(t)
	rest[0].ready(t)
	if got := leader.log.Status().Followers; !slices.Equal(got, []string{rest[0].cfg.ID, rest[1].cfg.ID}) {
		t.Errorf("followed by %v", got)
	}
}

// What only the leader of a term may say is taken by nobody else, in no other term, and leaves nothing to be missed.
func TestProposeIn(t *testing.T) {
	c := startCluster(t, 3, hasty)
	leader, rest := c.roles(t)
	term := leader.term
	for what, err := range map[string]error{
		"a follower":   rest[0].log.ProposeIn(term, []byte("not mine to say")),
		"an old term":  leader.log.ProposeIn(term-1, []byte("too late")),
		"another term": leader.log.ProposeIn(term+1, []byte("too early")),
	} {
		if !errors.Is(err, ErrNoLeader) {
			t.Errorf("%s: %v, want ErrNoLeader", what, err)
		}
	}
	if err := leader.log.ProposeIn(term, []byte("decided")); err != nil {
		t.Fatal(err)
	}
	if got := c.same(t, 1); got[0] != "decided" {
		t.Errorf("records %q", got)
	}
	leader.kill(t)
	if got := leader.told(); slices.Contains(got, "lost") {
		t.Errorf("told %q", got)
	}
	if err := leader.log.ProposeIn(term, nil); !errors.Is(err, ErrNoLeader) {
		t.Errorf("after the term: %v", err)
	}
}

// A stream that breaks under a leader that stays: told once, then a new one.
func TestStreamBroken(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	n := rest[0]
	n.propose(t, "before")
	c.same(t, 1)
	n.wait(t, "settled", func() bool { return n.leader == leader.cfg.ID })
	d := leader.log.leading.Load()
	d.mu.Lock()
	d.streams[n.cfg.ID].end()
	d.mu.Unlock()
	n.wait(t, "told of the break", func() bool { return slices.Contains(n.events, "lost") })
	n.wait(t, "has its leader again", func() bool { return n.leader == leader.cfg.ID })
	n.propose(t, "after")
	c.same(t, 2)
	if want := []string{"lost", "follow ", "follow " + leader.cfg.ID}; !slices.Equal(lastOf(n.told(), 3), want) {
		t.Errorf("told %q, want %q", n.told(), want)
	}
	if lost := len(slices.DeleteFunc(n.told(), func(e string) bool { return e != "lost" })); lost != 1 {
		t.Errorf("told Lost %d times: %q", lost, n.told())
	}
}

// The next leader is there before any time-out could have begun an election.
func TestCloseHandsOver(t *testing.T) {
	c := startCluster(t, 3, func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = time.Hour, time.Hour })
	leader, rest := c.roles(t)
	if err := leader.log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, n := range rest {
		n.wait(t, n.cfg.ID+" has a new leader", func() bool { return n.leader != "" && n.leader != leader.cfg.ID })
		n.propose(t, "after")
	}
	rest.same(t, 2)
}

// One node after the other is stopped and started again, and there is a leader all the time but for handing over: no
// election by time-out could make one. What was proposed and not told to be lost is applied, and what one node proposed
// in its order.
func TestRollingRestart(t *testing.T) {
	c := startCluster(t, 3, func(c *Config) { c.HeartbeatTimeout, c.ElectionTimeout = time.Hour, time.Hour })
	count := 0
	for i := range c {
		stopped := c[i]
		rest := slices.Concat(c[:i], c[i+1:])
		for _, n := range c {
			n.propose(t, "before %d %s", i, n.cfg.ID)
		}
		count += len(c)
		c.same(t, count)
		if err := stopped.log.Close(); err != nil {
			t.Fatal(err)
		}
		for _, n := range rest {
			n.wait(t, n.cfg.ID+" has a leader", func() bool { return n.leader != "" && n.leader != stopped.cfg.ID })
			n.propose(t, "while %d is away, %s", i, n.cfg.ID)
		}
		count += len(rest)
		rest.same(t, count)
		stopped.start(t)
		c.roles(t)
	}
	c.same(t, count)
}

func TestReports(t *testing.T) {
	c := startCluster(t, 3, nil)
	leader, rest := c.roles(t)
	leader.log.Report([]byte("here"))
	want := []string{leader.cfg.ID + ": here"}
	for _, n := range rest {
		n.log.Report([]byte("there"))
		want = append(want, n.cfg.ID+": there")
	}
	leader.wait(t, "reports", func() bool { return len(leader.reports) == 3 })
	leader.mu.Lock()
	defer leader.mu.Unlock()
	slices.Sort(want)
	slices.Sort(leader.reports)
	if !slices.Equal(leader.reports, want) {
		t.Errorf("reports %q, want %q", leader.reports, want)
	}
}

func TestSnapshotBringsBackOneNode(t *testing.T) {
	n := startCluster(t, 1, func(c *Config) { c.TrailingLogs = 1 })[0]
	for i := range 50 {
		n.propose(t, "%d", i)
	}
	n.applied(t, 50)
	for range 2 { // the second has nothing to do
		if err := n.log.Snapshot(); err != nil {
			t.Fatal(err)
		}
	}
	n.propose(t, "behind")
	n.applied(t, 51)
	want := n.state()
	n.kill(t)
	n.start(t)
	n.wait(t, "leads", func() bool { return n.leads })
	if got := n.state(); !slices.Equal(got, want) || n.restore != 1 {
		t.Errorf("restored %d times: %q", n.restore, got)
	}
}

func TestFollowerCatchesUpFromSnapshot(t *testing.T) {
	// A compacted log still answers from the file it is writing: only with small ones does it forget.
	c := startCluster(t, 3, func(c *Config) { c.TrailingLogs, c.SegmentSize = 1, 64<<10 })
	leader, rest := c.roles(t)
	leader.propose(t, "first")
	c.same(t, 1)
	late := rest[0]
	late.kill(t)
	for i := range 50 {
		leader.propose(t, "%d %s", i, strings.Repeat("x", 10<<10))
		leader.applied(t, i+2) // an entry each
	}
	cluster{leader, rest[1]}.same(t, 51)
	for _, n := range []*node{leader, rest[1]} {
		if err := n.log.Snapshot(); err != nil {
			t.Fatal(err)
		}
	}
	late.start(t)
	late.wait(t, "restored", func() bool { return late.restore == 1 })
	late.ready(t)
	late.propose(t, "back")
	c.same(t, 52)
	if got, want := late.log.Status().MembersIndex, leader.log.Status().MembersIndex; got != want {
		t.Errorf("its configuration is %d, the leader's %d", got, want)
	}
}

func TestDamagedSnapshotIsNotRestored(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	n.propose(t, "record")
	n.applied(t, 1)
	if err := n.log.Snapshot(); err != nil {
		t.Fatal(err)
	}
	n.kill(t)
	files, _ := filepath.Glob(filepath.Join(n.cfg.Dir, "snapshots", "*", "state.bin"))
	if len(files) != 1 {
		t.Fatalf("snapshots %q", files)
	}
	if err := os.WriteFile(files[0], []byte(snapshotMagic+"\x06recorD"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.cfg.Listener = listen(t, "")
	m := newRecorder()
	if _, err := Open(n.cfg, m); err == nil || m.restore > 0 {
		t.Errorf("opened with a damaged snapshot: restored %d times, %v", m.restore, err)
	}
}

// A node that was killed while it wrote its first configuration starts like a new one.
func TestHalfBootstrapped(t *testing.T) {
	dir := t.TempDir()
	s, err := openStore(&Config{Dir: dir, SnapshotRetain: 1, SegmentSize: 64 << 10}, newBridge(discard), testFault())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetUint64([]byte("CurrentTerm"), 1), s.close()); err != nil {
		t.Fatal(err)
	}
	n := &node{cfg: Config{ID: "n1", Dir: dir, Logger: discard}}
	n.start(t)
	n.wait(t, "leads", func() bool { return n.leads })
}

func TestOpenSaysWhatIsInTheWay(t *testing.T) {
	taken := listen(t, "")
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		"node id":               {Dir: t.TempDir()},
		"no folder":             {ID: "n1"},
		"not among its members": {ID: "n1", Dir: t.TempDir(), Members: []Member{{ID: "n2", Addr: "127.0.0.1:1"}}},
		"peer port":             {ID: "n1", Dir: t.TempDir(), Listen: taken.Addr().String()},
		"of another":            {ID: "n1", Dir: t.TempDir(), Listen: "127.0.0.1:0", Members: []Member{{ID: "n1", Addr: "a:1"}, {ID: "n2", Addr: "a:1"}}},
		file:                    {ID: "n1", Dir: filepath.Join(file, "data"), Listen: "127.0.0.1:0"},
		"LeaderLeaseTimeout":    {ID: "n1", Dir: t.TempDir(), Listen: "127.0.0.1:0", LeaseTimeout: time.Second},
	} {
		cfg.Logger = discard
		if _, err := Open(cfg, newRecorder()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

func TestMembersMustAgreeWithTheLog(t *testing.T) {
	two := []Member{{ID: "n2", Addr: "127.0.0.1:2"}, {ID: "n1", Addr: "127.0.0.1:1"}}
	for _, c := range []struct {
		configured, inLog []Member
		agree             bool
	}{
		{nil, two, true},
		{two, []Member{two[1], two[0]}, true},
		{two[1:], []Member{{ID: "n1", Addr: "127.0.0.1:9"}}, true},
		{two, two[1:], false},
		{two[1:], two, false},
		{two, []Member{two[0], {ID: "n1", Addr: "127.0.0.1:9"}}, false},
		{two[1:], two[:1], false},
	} {
		var inLog []Standing
		for _, m := range c.inLog {
			inLog = append(inLog, Standing{Member: m})
		}
		if err := (&Config{Members: c.configured}).agrees(inLog, 0); (err == nil) != c.agree {
			t.Errorf("configured %v, in the log %v: %v", c.configured, c.inLog, err)
		}
	}
	n := startCluster(t, 1, nil)[0]
	n.kill(t)
	n.cfg.Members, n.cfg.Listener = []Member{{ID: "n1", Addr: "127.0.0.1:1"}, {ID: "n2", Addr: "127.0.0.1:2"}}, listen(t, "")
	if _, err := Open(n.cfg, newRecorder()); err == nil || !strings.Contains(err.Error(), "n2=127.0.0.1:2") {
		t.Errorf("a cluster of one opened as a cluster of two: %v", err)
	}
}

func TestFailedOpenLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{ID: "n1", Dir: dir, Listener: listen(t, ""), Logger: discard, LeaseTimeout: time.Second}
	if _, err := Open(cfg, newRecorder()); err == nil {
		t.Fatal("opened with a lease above the heartbeat")
	}
	n := &node{cfg: Config{ID: "n1", Dir: dir, Listen: cfg.Listener.Addr().String(), Logger: discard}}
	n.start(t)
	n.wait(t, "leads", func() bool { return n.leads })
}
