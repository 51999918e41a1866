package sdktest

import (
	"bytes"
	"fmt"
	"slices"
	"unsafe"

	"github.com/grove-coordination/grove/sdk"
)

func keepsNullAndEmpty(s *stage) {
	for name, data := range map[string][]byte{"null": nil, "empty": {}, "zero": {0}} {
		op := create(s.path(name), "")
		op.Data = data
		s.me.must(op)
		got := s.me.must(get(s.path(name))).Result
		same(s, name, got.Data, data)
		if got.Stat.DataLength != int32(len(data)) {
			s.Errorf("%s: data length %d", name, got.Stat.DataLength)
		}
		for _, other := range [][]byte{nil, {}, {1}} {
			op := set(s.path(name), "")
			op.Data = other
			s.me.must(op)
			same(s, name+" set anew", s.me.must(get(s.path(name))).Result.Data, other)
		}
	}
}

// same compares data in which null and empty are different values.
func same(s *stage, what string, got, want []byte) {
	s.Helper()
	if !bytes.Equal(got, want) || (got == nil) != (want == nil) {
		s.Errorf("%s: data %#v, want %#v", what, got, want)
	}
}

// keepsNothingLent overwrites what operations referred to as soon as Submit has returned: those that are answered at
// once, and those that wait behind a write.
func keepsNothingLent(s *stage) {
	a, missing := s.path("a"), s.path("missing")
	made := s.me.lend(create(a, "mine"))
	read := s.me.lend(watching(get(a)))
	if m := s.me.reply(made); m.Code != sdk.OK || m.Result.Path != a {
		s.Fatalf("create: %v, made %q", m.Code, m.Result.Path)
	}
	if m := s.me.reply(read); string(m.Result.Data) != "mine" {
		s.Fatalf("read: %v, %q", m.Code, m.Result.Data)
	}
	if got := s.me.must(sdk.Op{Kind: sdk.OpGetACL, Path: a}).Result.ACL; !slices.Equal(got, sdk.OpenACL()) {
		s.Errorf("ACL %v", got)
	}
	write := s.me.submit(set(a, "new"))
	s.me.event(sdk.EventDataChanged, a, 0)
	s.me.reply(write)

	back := s.me.lend(sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{Data: []string{missing}, Exist: []string{a}}})
	s.me.event(sdk.EventDeleted, missing, -1)
	s.me.event(sdk.EventCreated, a, -1)
	s.me.reply(back)
	synced := s.me.lend(sdk.Op{Kind: sdk.OpSync, Path: a})
	if m := s.me.reply(synced); m.Result.Path != a {
		s.Errorf("sync: %q", m.Result.Path)
	}
}

// lend submits an operation whose strings and slices are overwritten afterwards, as those of a frontend that reads
// into the same buffer again.
func (c *client) lend(op sdk.Op) uint64 {
	c.Helper()
	var lent [][]byte
	lend := func(text string) string {
		b := []byte(text)
		lent = append(lent, b)
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	op.Path, op.Data, op.ACL = lend(op.Path), slices.Clone(op.Data), slices.Clone(op.ACL)
	lent = append(lent, op.Data)
	if w := op.Watches; w != nil {
		for _, list := range [][]string{w.Data, w.Exist, w.Child} {
			for i := range list {
				list[i] = lend(list[i])
			}
		}
	}
	cookie := c.submit(op)
	for _, b := range lent {
		copy(b, bytes.Repeat([]byte{'X'}, len(b)))
	}
	clear(op.ACL)
	return cookie
}

// changesNothingGiven: what a reply refers to stays as it was.
func changesNothingGiven(s *stage) {
	s.me.must(create(s.path("a"), "one"))
	data := s.me.must(get(s.path("a"))).Result.Data
	names := s.me.must(children(s.root)).Result.Children
	for i := range 50 {
		s.me.must(set(s.path("a"), "two"))
		s.me.must(create(s.path(fmt.Sprint(i)), ""))
	}
	if string(data) != "one" || !slices.Equal(names, []string{"a"}) {
		s.Errorf("a reply has become %q, %v", data, names)
	}
}

func tellsStat(s *stage) {
	op := create(s.path("a"), "four")
	op.Kind = sdk.OpCreate2
	made := s.me.must(op)
	stat := made.Result.Stat
	want := sdk.Stat{
		Czxid: made.Zxid, Mzxid: made.Zxid, Pzxid: made.Zxid, Ctime: stat.Ctime, Mtime: stat.Ctime, DataLength: 4,
	}
	if stat != want || stat.Ctime <= 0 || made.Result.Path != s.path("a") {
		s.Errorf("create2: %q, %+v, want %+v", made.Result.Path, stat, want)
	}
	set := s.me.must(at(0, set(s.path("a"), "three")))
	want.Mzxid, want.Mtime, want.Version, want.DataLength = set.Zxid, set.Result.Stat.Mtime, 1, 5
	if set.Result.Stat != want {
		s.Errorf("setData: %+v, want %+v", set.Result.Stat, want)
	}
	s.me.must(create(s.path("a", "b"), ""))
	s.me.must(ephemeral(s.path("a", "c")))
	want.Pzxid = s.me.must(remove(s.path("a", "b"))).Zxid
	want.Cversion, want.NumChildren = 3, 1
	for _, kind := range []sdk.OpKind{sdk.OpExists, sdk.OpGetData, sdk.OpGetChildren2, sdk.OpGetACL} {
		if got := s.me.must(sdk.Op{Kind: kind, Path: s.path("a")}).Result.Stat; got != want {
			s.Errorf("%v: %+v, want %+v", kind, got, want)
		}
	}
	if got := s.me.must(exists(s.path("a", "c"))).Result.Stat.EphemeralOwner; got != s.me.session.Info().ID {
		s.Errorf("the ephemeral node belongs to %#x", got)
	}
}

// numbersSequence: the parent counts all creations, and only those.
func numbersSequence(s *stage) {
	s.me.must(create(s.path("a"), ""))
	s.me.must(remove(s.path("a")))
	for i, mode := range []sdk.CreateMode{sdk.ModePersistentSequential, sdk.ModeEphemeralSequential} {
		op := create(s.path("s-"), "")
		op.Mode = mode
		want := s.path(fmt.Sprintf("s-%010d", i+1))
		if got := s.me.must(op).Result.Path; got != want {
			s.Errorf("made %s, want %s", got, want)
		}
	}
}

func sortsChildren(s *stage) {
	for _, name := range []string{"c", "a", "B", "ab", "b"} {
		s.me.must(create(s.path(name), ""))
	}
	want := []string{"B", "a", "ab", "b", "c"}
	for _, kind := range []sdk.OpKind{sdk.OpGetChildren, sdk.OpGetChildren2} {
		if got := s.me.must(sdk.Op{Kind: kind, Path: s.root}).Result.Children; !slices.Equal(got, want) {
			s.Errorf("%v: %v", kind, got)
		}
	}
	if got := s.me.must(children(s.path("a"))).Result.Children; len(got) != 0 {
		s.Errorf("a leaf has children %v", got)
	}
}

func keepsACL(s *stage) {
	s.me.must(create(s.path("a"), ""))
	acl := []sdk.ACL{
		{Perms: sdk.PermRead | sdk.PermAdmin, Identity: sdk.Anyone},
		{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "ip", ID: "10.0.0.0/8"}},
	}
	stat := s.me.must(at(0, setACL(s.path("a"), acl))).Result.Stat
	got := s.me.must(sdk.Op{Kind: sdk.OpGetACL, Path: s.path("a")}).Result
	if !slices.Equal(got.ACL, acl) || got.Stat.Aversion != 1 || stat.Aversion != 1 || stat.Mzxid != stat.Czxid {
		s.Errorf("ACL %v, %+v, set with %+v", got.ACL, got.Stat, stat)
	}
}

// authenticates: a credential opens what is closed to others, for its session only.
func authenticates(s *stage) {
	alice := sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("alice:secret")}
	s.me.must(alice)
	op := create(s.path("a"), "hers")
	op.ACL = []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Identity{Scheme: "auth"}}}
	s.me.must(op)
	other := s.dial()
	other.answers(get(s.path("a")), sdk.CodeNoAuth)
	other.answers(sdk.Op{Kind: sdk.OpAuth, Scheme: "nonesuch", Data: []byte("x")}, sdk.CodeAuthFailed)
	other.must(sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("alice:guess")})
	other.answers(get(s.path("a")), sdk.CodeNoAuth)
	other.must(alice)
	other.must(get(s.path("a")))
}
