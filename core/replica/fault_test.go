package replica

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
)

// onPlatter makes a store of its own; what opens it again sees what the platter shows.
func onPlatter(p *platter, dir string) (*store, error) {
	return openStore(&Config{Dir: dir, SnapshotRetain: 1, SegmentSize: p.segment, Disk: p}, newBridge(discard), testFault())
}

func mustOpen(t *testing.T, p *platter, dir string) *store {
	t.Helper()
	s, err := onPlatter(p, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// entries makes the entries from and to, and all between.
func entries(from, to uint64) (made []*raft.Log) {
	for i := from; i <= to; i++ {
		made = append(made, &raft.Log{Index: i, Term: 1, Data: fmt.Appendf(nil, "entry %d", i)})
	}
	return made
}

func holds(t *testing.T, s *store, last uint64) {
	t.Helper()
	if got, err := s.LastIndex(); got != last || err != nil {
		t.Fatalf("last entry is %d, %v, want %d", got, err, last)
	}
	for i := uint64(1); i <= last; i++ {
		var e raft.Log
		if err := s.GetLog(i, &e); err != nil || string(e.Data) != fmt.Sprintf("entry %d", i) {
			t.Fatalf("entry %d: %q, %v", i, e.Data, err)
		}
	}
}

// The power goes while an append is on its way to the disk, at each byte of it: what was durable before is there, and of
// the append all or nothing. And the log goes on.
func TestTornAppend(t *testing.T) {
	for what, segment := range map[string]int{"in a file": 4 << 10, "that ends a file": 256} {
		t.Run(what, func(t *testing.T) { tearAppend(t, segment) })
	}
}

func tearAppend(t *testing.T, segment int) {
	dir, size := t.TempDir(), 1
	for first := 0; first <= size; first++ {
		p, dir := newPlatter(), filepath.Join(dir, fmt.Sprint(first))
		p.segment = segment
		again := func(s *store, err error, last uint64) *store {
			t.Helper()
			if err := errors.Join(err, s.close()); err != nil {
				t.Fatal(err)
			}
			s = mustOpen(t, p, dir)
			holds(t, s, last)
			return s
		}
		s := mustOpen(t, p, dir)
		if err := s.StoreLogs(entries(1, 2)); err != nil {
			t.Fatal(err)
		}
		p.follow(func(op string, n int) (int, error) {
			size = n
			return min(first, n), errDisk
		})
		if err := s.StoreLogs(entries(3, 5)); !errors.Is(err, errDisk) {
			t.Fatalf("append: %v", err)
		}
		want := uint64(2)
		if first == size {
			want = 5
		}
		p.cut(first)
		s = again(s, nil, want)
		err := s.StoreLogs(entries(want+1, want+1))
		p.cut(0)
		s = again(s, err, want+1)
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
	if size < 100 {
		t.Errorf("an append of %d bytes is no test", size)
	}
}

// After a sync that failed nothing is written: the next one might say that all is well, and it is not.
func TestNothingAfterAFailure(t *testing.T) {
	p := newPlatter()
	s := mustOpen(t, p, t.TempDir())
	defer s.close()
	p.follow(fail("sync"))
	first := s.StoreLogs(entries(1, 1))
	p.follow(nil)
	for doing, err := range map[string]error{
		"append": s.StoreLogs(entries(1, 1)), "append one": s.StoreLog(entries(1, 1)[0]), "cut": s.DeleteRange(1, 1),
		"vote": s.Set([]byte("LastVoteCand"), nil), "vote's term": s.SetUint64([]byte("LastVoteTerm"), 2),
	} {
		if !errors.Is(first, errDisk) || !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "sync") {
			t.Errorf("%s: %v, after %v", doing, err, first)
		}
	}
	if err := s.SetUint64(currentTerm, 2); err != nil {
		t.Errorf("raft would end the process: %v", err)
	}
}

// What could not be synced is there after a restart without a power cut, in the kernel's memory; what the node then
// acknowledges must be there after one.
func TestUnsyncedEntriesAreWrittenAgain(t *testing.T) {
	p, dir := newPlatter(), t.TempDir()
	s := mustOpen(t, p, dir)
	err := s.StoreLogs(entries(1, 3))
	p.follow(fail("sync"))
	if failed := s.StoreLogs(entries(4, 6)); !errors.Is(failed, errDisk) {
		t.Fatalf("append: %v", failed)
	}
	p.follow(nil)
	if err := errors.Join(err, s.close()); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, p, dir)
	holds(t, s, 6)
	p.cut(0)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, p, dir)
	defer s.close()
	holds(t, s, 6)
}

// Damage before the last batch, at each byte, in the file that is written and in one that is done, is no torn write.
func TestDamageIsNotCutOff(t *testing.T) {
	p, dir := newPlatter(), t.TempDir()
	s := mustOpen(t, p, dir)
	var err error
	for i := uint64(1); len(p.names()) < 2; i += 2 { // until the first file is full
		err = errors.Join(err, s.StoreLogs(entries(i, i+1)))
		last, _ := s.LastIndex()
		eventually(t, "next file", func() bool { return last == i+1 })
	}
	last, _ := s.LastIndex()
	err = errors.Join(err, s.StoreLogs(entries(last+1, last+2)), s.StoreLogs(entries(last+3, last+3)), s.close())
	if err != nil {
		t.Fatal(err)
	}
	full, tail := p.names()[0], p.names()[1]
	for name, size := range map[string]int{full: 256, tail: segmentHeader + 64} {
		for at := range size {
			p.flip(name, at)
			s, err := onPlatter(p, dir)
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), name) {
				t.Errorf("byte %d of %s: %v", at, name, err)
			}
			if err == nil {
				_ = s.close()
			}
			p.flip(name, at)
		}
	}
	s = mustOpen(t, p, dir)
	defer s.close()
	holds(t, s, last+3)
}

// troubles are the ways in which a disk stops taking what a node writes.
var troubles = map[string]func(*platter, *ledger){
	"sync fails":      func(p *platter, _ *ledger) { p.follow(fail("sync")) },
	"disk is full":    func(p *platter, _ *ledger) { p.follow(fail("write")) },
	"half is written": func(p *platter, _ *ledger) { p.follow(func(_ string, n int) (int, error) { return n / 2, errDisk }) },
	"no next file":    func(p *platter, _ *ledger) { p.follow(fail("make")) },
	"no meta data":    func(_ *platter, l *ledger) { l.fails.Store(true) },
}

func (n *node) damaged(t *testing.T) {
	t.Helper()
	n.wait(t, n.cfg.ID+" stands aside", func() bool { return n.log.Status().Fault != nil && n.leader == "" })
	if s := n.log.Status(); s.Role != "shutdown" || !errors.Is(s.Fault, errDisk) {
		t.Errorf("%s: status %+v", n.cfg.ID, s)
	}
	if err := n.log.Propose(nil); !errors.Is(err, ErrNoLeader) {
		t.Errorf("propose: %v, want ErrNoLeader", err)
	}
}

// A node alone whose disk fails applies nothing more, says why, and goes on after a power cut and a restart with all
// that it had applied.
func TestDiskTroubleAlone(t *testing.T) {
	for what, begin := range troubles {
		t.Run(what, func(t *testing.T) {
			p, l := newPlatter(), new(ledger)
			n := startCluster(t, 1, func(c *Config) { c.Disk, c.meta, c.SegmentSize = p, l, 16<<10 })[0]
			var said bytes.Buffer
			n.log.logger = slog.New(slog.NewTextHandler(&said, nil))
			n.propose(t, "kept")
			n.applied(t, 1)
			begin(p, l)
			for i := 0; n.log.Propose(fmt.Appendf(nil, "%0100d", i)) == nil; i++ { // the file is full some time
			}
			n.damaged(t)
			applied := n.state()
			n.kill(t)
			if !strings.Contains(said.String(), "disk trouble") || !strings.Contains(said.String(), errDisk.Error()) {
				t.Errorf("said only %q", said.String())
			}
			p.cut(0)
			n.cfg.Listen, n.cfg.meta = "", nil
			n.start(t)
			n.ready(t)
			if got := n.state(); len(got) < len(applied) || !slices.Equal(got[:len(applied)], applied) {
				t.Errorf("of %d records that were applied there are %d", len(applied), len(got))
			}
		})
	}
}

// A node whose disk fails leaves the cluster to the others, leader or follower, and is one of them again when it has
// been started with a disk that works.
func TestDiskTroubleInACluster(t *testing.T) {
	for _, who := range []string{"leader", "follower"} {
		t.Run(who, func(t *testing.T) {
			platters := make(map[string]*platter)
			c := startCluster(t, 3, func(c *Config) {
				platters[c.ID] = newPlatter()
				c.Disk = platters[c.ID]
			})
			bad, rest := c.roles(t)
			if who == "follower" {
				bad, rest = rest[0], cluster{bad, rest[1]}
			}
			rest[0].propose(t, "before")
			c.same(t, 1)
			platters[bad.cfg.ID].follow(fail("sync"))
			rest[1].propose(t, "broken")
			bad.damaged(t)
			if who == "leader" {
				rest[0].stand(t)
			}
			leader, _ := rest.roles(t)
			leader.propose(t, "after")
			leader.wait(t, "goes on", func() bool { return slices.Contains(leader.records, "after") })
			if slices.Contains(bad.state(), "after") {
				t.Error("a node that stands aside goes on")
			}
			bad.kill(t)
			platters[bad.cfg.ID].cut(0)
			bad.start(t)
			c.same(t, len(leader.state()))
		})
	}
}
