package sdktest

import "github.com/grove-coordination/grove/sdk"

// answersCodes tries what must fail, one thing wrong at a time. None of it may change anything.
func answersCodes(s *stage) {
	s.me.must(create(s.path("n"), ""))
	s.me.must(create(s.path("n", "child"), ""))
	s.me.must(ephemeral(s.path("e")))
	s.me.must(closed(create(s.path("no-write"), ""), sdk.PermRead))
	s.me.must(closed(create(s.path("no-read"), ""), sdk.PermAll&^sdk.PermRead))
	before := s.me.must(sdk.Op{Kind: sdk.OpGetChildren2, Path: s.root}).Result

	withACL := func(acl []sdk.ACL) sdk.Op {
		op := create(s.path("new"), "")
		op.ACL = acl
		return op
	}
	for _, try := range []struct {
		what string
		op   sdk.Op
		code sdk.Code
	}{
		{"read nothing", get(s.path("x")), sdk.CodeNoNode},
		{"look for nothing", exists(s.path("x")), sdk.CodeNoNode},
		{"list nothing", children(s.path("x")), sdk.CodeNoNode},
		{"ACL of nothing", sdk.Op{Kind: sdk.OpGetACL, Path: s.path("x")}, sdk.CodeNoNode},
		{"set nothing", set(s.path("x"), ""), sdk.CodeNoNode},
		{"delete nothing", remove(s.path("x")), sdk.CodeNoNode},
		{"protect nothing", setACL(s.path("x"), sdk.OpenACL()), sdk.CodeNoNode},
		{"create below nothing", create(s.path("x", "y"), ""), sdk.CodeNoNode},
		{"create what is there", create(s.path("n"), ""), sdk.CodeNodeExists},
		{"create the root", create("/", ""), sdk.CodeNodeExists},
		{"create below an ephemeral node", create(s.path("e", "x"), ""), sdk.CodeNoChildrenForEphemerals},
		{"delete a parent", remove(s.path("n")), sdk.CodeNotEmpty},
		{"delete another version", at(7, remove(s.path("n", "child"))), sdk.CodeBadVersion},
		{"set another version", at(7, set(s.path("n"), "")), sdk.CodeBadVersion},
		{"protect another version", at(7, setACL(s.path("n"), sdk.OpenACL())), sdk.CodeBadVersion},
		{"delete the root", remove("/"), sdk.CodeBadArguments},
		{"a slash at the end", create(s.path("n", ""), ""), sdk.CodeBadArguments},
		{"below an empty component", create(s.path("", "x"), ""), sdk.CodeNoNode}, // the parent is looked for first
		{"a dot", create(s.path("n", ".."), ""), sdk.CodeBadArguments},
		{"a control character", create(s.path("x\x01"), ""), sdk.CodeBadArguments},
		{"no slash", create("x", ""), sdk.CodeBadArguments},
		{"an unknown mode", sdk.Op{Kind: sdk.OpCreate, Path: s.path("x"), ACL: sdk.OpenACL(), Mode: 77}, sdk.CodeBadArguments},
		{"no ACL", withACL(nil), sdk.CodeInvalidACL},
		{"an unknown scheme", withACL([]sdk.ACL{{Perms: 31, Identity: sdk.Identity{Scheme: "nonesuch", ID: "x"}}}), sdk.CodeInvalidACL},
		{"take the ACL away", setACL(s.path("n"), nil), sdk.CodeInvalidACL},
		{"set without WRITE", set(s.path("no-write"), ""), sdk.CodeNoAuth},
		{"create without CREATE", create(s.path("no-write", "x"), ""), sdk.CodeNoAuth},
		{"protect without ADMIN", setACL(s.path("no-write"), sdk.OpenACL()), sdk.CodeNoAuth},
		{"read without READ", get(s.path("no-read")), sdk.CodeNoAuth},
		{"look without READ", exists(s.path("no-read")), sdk.CodeNoAuth},
		{"list without READ", children(s.path("no-read")), sdk.CodeNoAuth},
	} {
		if m := s.me.do(try.op); m.Code != try.code {
			s.Errorf("%s: %v %q: %v, want %v", try.what, try.op.Kind, try.op.Path, m.Code, try.code)
		}
	}
	if after := s.me.must(sdk.Op{Kind: sdk.OpGetChildren2, Path: s.root}).Result; after.Stat != before.Stat {
		s.Errorf("what failed has changed %+v into %+v", before.Stat, after.Stat)
	}
}

// closed lets everyone do no more than perms.
func closed(op sdk.Op, perms sdk.Perm) sdk.Op {
	op.ACL = forAll(perms)
	return op
}

// forAll is the ACL that lets everyone do perms.
func forAll(perms sdk.Perm) []sdk.ACL {
	return []sdk.ACL{{Perms: perms, Identity: sdk.Anyone}}
}
