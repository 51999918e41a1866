package sdktest

import (
	"reflect"

	"github.com/grove-coordination/grove/sdk"
)

func multi(ops ...sdk.Op) sdk.Op { return sdk.Op{Kind: sdk.OpMulti, Ops: ops} }

func verify(path string, version int32) sdk.Op {
	return sdk.Op{Kind: sdk.OpCheck, Path: path, Version: version}
}

// doesMulti: every operation has its result, and all happened in one transaction.
func doesMulti(s *stage) {
	s.me.must(create(s.path("old"), ""))
	done := s.me.must(multi(
		create(s.path("a"), "x"), verify(s.path("a"), 0), at(0, set(s.path("a"), "yy")), remove(s.path("old")),
	))
	results := done.Result.Multi
	want := []sdk.OpKind{sdk.OpCreate, sdk.OpCheck, sdk.OpSetData, sdk.OpDelete}
	if len(results) != len(want) {
		s.Fatalf("%d results of %d operations", len(results), len(want))
	}
	for i, kind := range want {
		if results[i].Kind != kind || results[i].Code != sdk.OK {
			s.Errorf("result %d: %v, %v, want %v", i, results[i].Kind, results[i].Code, kind)
		}
	}
	if results[0].Path != s.path("a") {
		s.Errorf("made %q", results[0].Path)
	}
	stat := s.me.must(exists(s.path("a"))).Result.Stat
	if results[2].Stat != stat || stat.Czxid != done.Zxid || stat.Mzxid != done.Zxid || stat.Mtime != stat.Ctime {
		s.Errorf("multi %#x has result %+v and left %+v", done.Zxid, results[2].Stat, stat)
	}
	s.me.answers(exists(s.path("old")), sdk.CodeNoNode)
}

// undoesMulti: with one failure nothing happens, and the results say which it was.
func undoesMulti(s *stage) {
	s.me.must(create(s.path("n"), "old"))
	before := s.me.must(sdk.Op{Kind: sdk.OpGetChildren2, Path: s.root}).Result.Stat
	for _, try := range []struct {
		op   sdk.Op
		code sdk.Code
	}{
		{verify(s.path("n"), 5), sdk.CodeBadVersion},
		{verify(s.path("x"), sdk.AnyVersion), sdk.CodeNoNode},
		{create(s.path("n"), ""), sdk.CodeNodeExists},
		{create(s.path("a"), ""), sdk.CodeNodeExists}, // made by the one before it
		{remove(s.path("x")), sdk.CodeNoNode},
		{set(s.path("x", "y"), ""), sdk.CodeNoNode},
	} {
		got := s.me.must(multi(
			create(s.path("a"), ""), set(s.path("n"), "new"), try.op, remove(s.path("n")), verify(s.path("x"), 1),
		)).Result.Multi
		want := []sdk.OpResult{
			{Kind: sdk.OpError}, {Kind: sdk.OpError}, {Kind: sdk.OpError, Code: try.code},
			{Kind: sdk.OpError, Code: sdk.CodeRuntimeInconsistency}, {Kind: sdk.OpError, Code: sdk.CodeRuntimeInconsistency},
		}
		if !reflect.DeepEqual(got, want) {
			s.Errorf("with %v %q: %+v, want %+v", try.op.Kind, try.op.Path, got, want)
		}
	}
	if after := s.me.must(sdk.Op{Kind: sdk.OpGetChildren2, Path: s.root}).Result.Stat; after != before {
		s.Errorf("undone, %+v has become %+v", before, after)
	}
	if m := s.me.must(get(s.path("n"))); string(m.Result.Data) != "old" || m.Result.Stat.Version != 0 {
		s.Errorf("undone, the node holds %q, version %d", m.Result.Data, m.Result.Stat.Version)
	}
}

// buildsInMulti: an operation sees what those before it did.
func buildsInMulti(s *stage) {
	numbered := create(s.path("a", "s-"), "")
	numbered.Mode = sdk.ModePersistentSequential
	results := s.me.must(multi(
		create(s.path("a"), ""), create(s.path("a", "b"), ""), numbered, numbered,
		remove(s.path("a", "b")), create(s.path("a", "b"), "again"), at(0, set(s.path("a", "b"), "and again")),
	)).Result.Multi
	for i, want := range map[int]string{2: s.path("a", "s-0000000001"), 3: s.path("a", "s-0000000002")} {
		if i >= len(results) || results[i].Path != want {
			s.Fatalf("results %+v, number %d should have made %s", results, i, want)
		}
	}
	if m := s.me.must(get(s.path("a", "b"))); string(m.Result.Data) != "and again" || m.Result.Stat.Version != 1 {
		s.Errorf("left %q, version %d", m.Result.Data, m.Result.Stat.Version)
	}
}

func doesNothingInMulti(s *stage) {
	if got := s.me.must(multi()).Result.Multi; len(got) != 0 {
		s.Errorf("results %+v of nothing", got)
	}
}
