package replica

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// restful is a node that has stopped with a snapshot and entries behind it.
func restful(t *testing.T) *node {
	t.Helper()
	n := startCluster(t, 1, func(c *Config) { c.TrailingLogs, c.SegmentSize = 1, 16<<10 })[0]
	for i := range 300 {
		n.propose(t, "%0100d", i)
		n.applied(t, i+1) // an entry each
		if i == 199 {
			if err := n.log.Snapshot(); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.kill(t)
	return n
}

func mustOpenFolder(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// seedOf is what a folder holds, as much as a new cluster needs of it.
func seedOf(t *testing.T, f *Folder) Seed {
	t.Helper()
	kept, err := f.Snapshots()
	if err != nil || len(kept) != 1 {
		t.Fatalf("snapshots %+v, %v", kept, err)
	}
	content, err := f.Snapshot(kept[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = content.Close() })
	return Seed{Snapshot: content, Index: kept[0].Index, Term: kept[0].Term, Entries: f.Entries(kept[0].Index + 1), Name: "seed"}
}

// A folder that rests is read as the node would: what is in the snapshot and behind it is all that was applied.
func TestFolder(t *testing.T) {
	n := restful(t)
	f := mustOpenFolder(t, n.cfg.Dir)
	if f.Cluster != n.log.cluster.String() || f.Term == 0 {
		t.Errorf("folder %+v", f)
	}
	seed := seedOf(t, f)
	var got recorder
	if err := got.Restore(seed.Snapshot); err != nil {
		t.Fatal(err)
	}
	last, snapshot := seed.Index, len(got.records)
	for s, err := range seed.Entries {
		if err != nil || s.Index != last+1 {
			t.Fatalf("entry %d after %d, %v", s.Index, last, err)
		}
		e, err := s.Entry()
		if err != nil {
			t.Fatal(err)
		}
		got.Apply([]Entry{e})
		last = s.Index
	}
	if !slices.Equal(got.records, n.state()) || snapshot != 200 {
		t.Errorf("%d records in the snapshot, %d in all, want 200 and 300", snapshot, len(got.records))
	}
}

// A planted folder is a new cluster, of one or of three, with all that the old one had, and its members in the log.
func TestPlant(t *testing.T) {
	n := restful(t)
	for _, size := range []int{1, 3} {
		var members []Member
		var c cluster
		for i := range size {
			l := listen(t, "")
			members = append(members, Member{ID: fmt.Sprintf("m%d", i+1), Addr: l.Addr().String()})
			c = append(c, &node{cfg: Config{ID: members[i].ID, Dir: t.TempDir(), Listen: members[i].Addr, Listener: l, Logger: discard}})
			patient(&c[i].cfg)
		}
		for _, m := range c {
			f := mustOpenFolder(t, n.cfg.Dir)
			if err := errors.Join(Plant(m.cfg.Dir, members, seedOf(t, f)), f.Close()); err != nil {
				t.Fatal(err)
			}
			m.start(t)
		}
		if size > 1 {
			c[0].stand(t)
		}
		leader, _ := c.roles(t)
		leader.propose(t, "new")
		if got := c.same(t, 301); !slices.Equal(got[:300], n.state()) {
			t.Errorf("%d nodes: %d records, want those of the seed", size, len(got))
		}
		for _, m := range c {
			if heard := m.heard(); !strings.HasSuffix(heard[len(heard)-1], ": "+names(leader.log.members())) || len(heard) != 1 {
				t.Errorf("heard %q of members", heard)
			}
			if got := m.log.cluster; got == n.log.cluster || got != c[0].log.cluster {
				t.Errorf("cluster %v, %v and %v before", got, c[0].log.cluster, n.log.cluster)
			}
		}
	}
	if err := Plant(n.cfg.Dir, []Member{{ID: "x"}}, Seed{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("plant where there is a log: %v", err)
	}
}

// Without a snapshot the log has everything: the machine hears of all members there were, in their place.
func TestPlantWholeLog(t *testing.T) {
	n := startCluster(t, 1, nil)[0]
	n.propose(t, "record")
	n.applied(t, 1)
	n.kill(t)
	f := mustOpenFolder(t, n.cfg.Dir)
	m := &node{cfg: Config{ID: "m1", Dir: t.TempDir(), Logger: discard}}
	patient(&m.cfg)
	if err := Plant(m.cfg.Dir, []Member{{ID: "m1", Addr: "h:1"}}, Seed{Entries: f.Entries(1)}); err != nil {
		t.Fatal(err)
	}
	m.start(t)
	m.wait(t, "leads", func() bool { return m.leads })
	if got := m.heard(); len(got) != 2 || got[0] != n.heard()[0] || !strings.HasSuffix(got[1], ": m1") || !slices.Equal(m.state(), n.state()) {
		t.Errorf("heard %q, and has %q; before %q, %q", got, m.state(), n.heard(), n.state())
	}
}

// What does not follow is not planted.
func TestPlantRefuses(t *testing.T) {
	for want, list := range map[string][]Stored{
		"nothing":         nil,
		"cannot follow":   {{Index: 2, Term: 1, Kind: KindNoop}},
		"of term 1 canno": {{Index: 1, Term: 2, Kind: KindNoop}, {Index: 2, Term: 1, Kind: KindNoop}},
		"envelope":        {{Index: 1, Term: 1, Data: []byte{1}}},
		"members cannot":  {{Index: 1, Term: 1, Kind: KindMembers, Data: []byte{1}}},
		"kind 9":          {{Index: 1, Term: 1, Kind: 9}},
	} {
		err := Plant(t.TempDir(), []Member{{ID: "n1", Addr: "h:1"}}, Seed{Entries: func(yield func(Stored, error) bool) {
			for _, s := range list {
				if !yield(s, nil) {
					return
				}
			}
		}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", list, err, want)
		}
	}
}

// Damage is found by whoever reads a folder, and the name of the file is in the error.
func TestFolderDamaged(t *testing.T) {
	n := restful(t)
	files, _ := filepath.Glob(filepath.Join(n.cfg.Dir, "wal", "*.wal"))
	damage(t, files[0], 8000)
	f := mustOpenFolder(t, n.cfg.Dir)
	var got error
	whole := 0
	for _, err := range f.Entries(1) {
		if got = err; err == nil {
			whole++
		}
	}
	if whole == 0 || whole > 8000/100 {
		t.Errorf("%d entries before the damage", whole)
	}
	if !errors.Is(got, ErrDamaged) || !strings.Contains(got.Error(), files[0]) {
		t.Errorf("log: %v", got)
	}
	files, _ = filepath.Glob(filepath.Join(n.cfg.Dir, "snapshots", "*", "state.bin"))
	damage(t, files[0], 20)
	isDamaged(t, f, "state.bin: ")
	for _, wrong := range []string{"", "{", "[]"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(files[0]), "meta.json"), []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		isDamaged(t, f, "meta.json: ")
	}
	if _, err := OpenFolder(t.TempDir()); !errors.Is(err, errNoLog) {
		t.Errorf("an empty folder: %v", err)
	}
}

// A node none of whose snapshots can be read does not begin with less, and says what helps.
func TestNoSnapshotIsWhole(t *testing.T) {
	n := restful(t)
	files, _ := filepath.Glob(filepath.Join(n.cfg.Dir, "snapshots", "*", "state.bin"))
	damage(t, files[0], 20)
	n.cfg.Listener = listen(t, n.cfg.Listen)
	if _, err := Open(n.cfg, newRecorder()); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), whatHelps) {
		t.Errorf("opened: %v", err)
	}
}

// isDamaged wants one snapshot that is listed as damaged, with the place in its log that its name tells.
func isDamaged(t *testing.T, f *Folder, what string) {
	t.Helper()
	kept, err := f.Snapshots()
	if err != nil || len(kept) != 1 || kept[0].Err == nil || kept[0].Index == 0 || !strings.Contains(kept[0].Err.Error(), kept[0].ID+": "+what) {
		t.Errorf("%s%+v, %v", what, kept, err)
	}
}

// damage changes a byte of a file.
func damage(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	b[0] ^= 0xff
	if _, more := f.WriteAt(b[:], at); err != nil && !errors.Is(err, io.EOF) || more != nil {
		t.Fatal(err, more)
	}
}

// A meta store that cannot be is told, and the process goes on.
func TestMetaStoreDamaged(t *testing.T) {
	n := restful(t)
	name := filepath.Join(n.cfg.Dir, "wal", "wal-meta.db")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, data := range map[string][]byte{
		"empty": {}, "cut off": whole[:2*4096], "one page": whole[:4096], "zeros": make([]byte, len(whole)), "garbage": []byte(strings.Repeat("no such thing", 4096)),
	} {
		_ = os.Remove(name) // bolt keeps the lock of one at which it panicked
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		n.cfg.Listener = listen(t, "")
		if _, err := Open(n.cfg, newRecorder()); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Nodes that were planted are started with the members they were planted with, also after these have changed.
func TestPlantedNodesKnowTheirMembers(t *testing.T) {
	n := restful(t)
	l := listen(t, "")
	members := []Member{{ID: "m1", Addr: l.Addr().String()}, {ID: "m2", Addr: "127.0.0.1:1"}}
	dir := t.TempDir()
	f := mustOpenFolder(t, n.cfg.Dir)
	if err := errors.Join(Plant(dir, members, seedOf(t, f)), f.Close()); err != nil {
		t.Fatal(err)
	}
	cfg := Config{ID: "m1", Dir: dir, Members: members, Listener: l, Logger: discard}
	log, err := Open(cfg, newRecorder())
	if err != nil {
		t.Fatal(err)
	}
	planted, err := log.store.number(plantedKey)
	if err = errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	changed := []Standing{{Member: members[0]}, {Member: Member{ID: "m3", Addr: "h:3"}}}
	if err := cfg.agrees(changed, log.cluster, planted); err != nil {
		t.Errorf("after a change of members: %v", err)
	}
	if err := cfg.agrees(changed, log.cluster); err == nil {
		t.Error("members that nobody has heard of are taken")
	}
}
