package sdktest

import (
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

func count(path string) sdk.Op { return sdk.Op{Kind: sdk.OpGetAllChildrenNumber, Path: path} }

// countsAll: what is counted is everything below a node, and not the node.
func countsAll(s *stage) {
	for want, path := range []string{s.path("a"), s.path("a", "b"), s.path("a", "b", "c"), s.path("d")} {
		if got := s.me.must(count(s.root)).Result.Count; got != int32(want) {
			s.Errorf("%d nodes, want %d", got, want)
		}
		s.me.must(create(path, ""))
	}
	if got := s.me.must(count(s.path("a", "b", "c"))).Result.Count; got != 0 {
		s.Errorf("%d nodes below a leaf", got)
	}
	s.me.must(remove(s.path("a", "b", "c")))
	if got := s.me.must(count(s.path("a"))).Result.Count; got != 1 {
		s.Errorf("%d nodes, want 1", got)
	}
	s.me.answers(count(s.path("x")), sdk.CodeNoNode)
	s.me.must(setACL(s.path("a"), forAll(sdk.PermAll&^sdk.PermRead)))
	s.me.answers(count(s.path("a")), sdk.CodeNoAuth)
}

// readsMany: the reads of a multiRead are answered each for itself, and leave no watch.
func readsMany(s *stage) {
	a, b := s.path("a"), s.path("a", "b")
	s.me.must(create(a, "data of a"))
	s.me.must(closed(create(b, ""), sdk.PermAll&^sdk.PermRead))
	got := s.me.must(sdk.Op{Kind: sdk.OpMultiRead, Ops: []sdk.Op{
		watching(get(a)), watching(children(a)), get(s.path("x")), children(b), get(a),
	}}).Result.Multi
	codes := []sdk.Code{sdk.OK, sdk.OK, sdk.CodeNoNode, sdk.CodeNoAuth, sdk.OK}
	kinds := []sdk.OpKind{sdk.OpGetData, sdk.OpGetChildren, sdk.OpError, sdk.OpError, sdk.OpGetData}
	if len(got) != len(codes) {
		s.Fatalf("%d results of %d reads", len(got), len(codes))
	}
	for i, r := range got {
		if r.Code != codes[i] || r.Kind != kinds[i] {
			s.Errorf("result %d: %v %v, want %v %v", i, r.Kind, r.Code, kinds[i], codes[i])
		}
	}
	plain := s.me.must(get(a)).Result
	if string(got[0].Data) != "data of a" || got[0].Stat != plain.Stat || !slices.Equal(got[1].Children, []string{"b"}) {
		s.Errorf("read %+v, want what getData and getChildren give", got[:2])
	}
	s.me.must(set(a, ""))
	s.me.quiet()
}

// refusesManyOthers: a multiRead holds getData and getChildren, and may hold nothing.
func refusesManyOthers(s *stage) {
	if got := s.me.must(sdk.Op{Kind: sdk.OpMultiRead}).Result.Multi; len(got) != 0 {
		s.Errorf("results %+v of nothing", got)
	}
	for _, op := range []sdk.Op{exists(s.root), set(s.root, ""), remove(s.path("x")), {Kind: sdk.OpMultiRead}} {
		s.me.answers(sdk.Op{Kind: sdk.OpMultiRead, Ops: []sdk.Op{get(s.root), op}}, sdk.CodeMarshallingError)
	}
}

// tellsWho: a session can ask who it is, which is more after it has said so.
func tellsWho(s *stage) {
	c := s.dial()
	has := func(scheme, user string) bool {
		return slices.ContainsFunc(c.must(sdk.Op{Kind: sdk.OpWhoAmI}).Result.Who, func(who sdk.Identity) bool {
			return who.Scheme == scheme && strings.HasPrefix(who.ID, user)
		})
	}
	if !has("ip", "127.0.0.1") || has("digest", "ann") {
		s.Error("a new session is its address, and nobody else")
	}
	c.must(sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte("ann:secret")})
	if !has("ip", "127.0.0.1") || !has("digest", "ann") {
		s.Error("a session is what it has proved, too")
	}
}
