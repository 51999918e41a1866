package sdktest

import "github.com/grove-coordination/grove/sdk"

func createTTL(path string, mode sdk.CreateMode, ttl int64) sdk.Op {
	op := create(path, "")
	op.Kind, op.Mode, op.TTL = sdk.OpCreateTTL, mode, ttl
	return op
}

func createContainer(path string) sdk.Op {
	op := create(path, "")
	op.Kind, op.Mode = sdk.OpCreateContainer, sdk.ModeContainer
	return op
}

// makesContainers: a container looks like any node, and is there at least until it has lost a child.
func makesContainers(s *stage) {
	c := s.path("c")
	made := s.me.must(createContainer(c))
	stat := s.me.must(exists(c)).Result.Stat
	if made.Result.Path != c || made.Result.Stat != stat || stat.Czxid != made.Zxid || stat.EphemeralOwner != 0 {
		s.Errorf("made %+v at %#x, which is %+v", made.Result, made.Zxid, stat)
	}
	s.me.must(create(s.path("c", "child"), ""))
	s.me.must(set(c, "data"))
	s.me.answers(remove(c), sdk.CodeNotEmpty)
	s.me.answers(createContainer(c), sdk.CodeNodeExists)
	if got := s.me.must(multi(createContainer(s.path("d")), create(s.path("d", "child"), ""))).Result.Multi; len(got) != 2 ||
		got[0].Path != s.path("d") || got[0].Code != sdk.OK {
		s.Errorf("in a multi: %+v", got)
	}
}

// makesTTL: a node with a time to live looks like any other while it lives, and only createTTL makes one.
func makesTTL(s *stage) {
	const hour = 3_600_000
	a := s.path("a")
	made := s.me.must(createTTL(a, sdk.ModeTTL, hour))
	stat := s.me.must(exists(a)).Result.Stat
	if made.Result.Path != a || made.Result.Stat != stat || stat.EphemeralOwner != 0 {
		s.Errorf("made %+v, which is %+v", made.Result, stat)
	}
	s.me.must(create(s.path("a", "child"), "it may have children"))
	if got := s.me.must(createTTL(s.path("n-"), sdk.ModeTTLSequential, 1<<40-1)).Result.Path; got != s.path("n-0000000001") {
		s.Errorf("numbered %s", got)
	}
	for _, ttl := range []int64{0, -1, -5, 1 << 40, 1 << 62} {
		s.me.answers(createTTL(s.path("x"), sdk.ModeTTL, ttl), sdk.CodeBadArguments)
	}
	s.me.answers(createTTL(s.path("x"), sdk.ModePersistent, hour), sdk.CodeBadArguments)
	s.me.answers(exists(s.path("x")), sdk.CodeNoNode)
}
