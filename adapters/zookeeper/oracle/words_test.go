//go:build oracle

package oracle

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

func oneOf[T any](s *script, of ...T) T { return of[s.IntN(len(of))] }

func (s *script) chance(percent int) bool { return s.IntN(100) < percent }

// path is what a request is about: mostly something that is there.
func (s *script) path() string {
	switch x := s.IntN(100); {
	case x < 68:
		return s.existing()
	case x < 96:
		return s.fresh()
	case x < 98:
		return s.root
	}
	return s.badPath()
}

// belowRoot is a path whose loss would not be the end of the script.
func (s *script) belowRoot() string {
	if path := s.path(); path != s.root {
		return path
	}
	return s.fresh()
}

// existing is a path that was made once.
func (s *script) existing() string {
	if len(s.paths) == 0 || s.chance(6) {
		return s.root
	}
	recent := s.paths[max(0, len(s.paths)-25):]
	return oneOf(s, recent...)
}

// fresh is a path that may not be there yet, at most five levels deep.
func (s *script) fresh() string {
	parent := s.root
	if s.chance(65) {
		parent = s.existing()
	}
	if strings.Count(parent, "/") > 4 {
		parent = s.root
	}
	name := oneOf(s, "a", "b", "c", "d", "e", "f")
	if s.chance(4) {
		name = oneOf(s, "é", "中文", "a b", "x.y", "..z", ".h", "q-1", "a:b", "%41", "~", "\u2028", "...", "\ud7ff", "seq-")
	}
	return parent + "/" + name
}

// badPath is a path that is none, or nearly none.
func (s *script) badPath() string {
	tail := oneOf(s, "/", "//x", "/./x", "/../x", "/a/..", "/a/.", "/..", "/.", "/x\x00y", "/\x01", "/t\tb", "/a\x7f", "/\u0080",
		"/\u009f", "/\u00a0", "/\ue000", "/\uf8ff", "/\uf900", "/\ufff0", "/\ufffd", "/\uffef", "/😀", "/a/", "/"+strings.Repeat("L", 3000),
		"/nope/nope/nope", `\x`)
	return oneOf(s, s.root+tail, s.root+tail, s.root+tail, "foo", "a/b", " ", "//")
}

// data is a value: null, empty, mostly short, seldom long.
func (s *script) data() []byte {
	length := 0
	switch x := s.IntN(100); {
	case x < 6:
		return nil
	case x < 12:
		return []byte{}
	case x < 92:
		length = 1 + s.IntN(20)
	case x < 99:
		length = 100 + s.IntN(1000)
	default:
		length = 10_000 + s.IntN(100_000)
	}
	value := make([]byte, length)
	for i := range value {
		value[i] = byte(s.Uint32())
	}
	return value
}

// expected is a version: any, the one last seen, or another.
func (s *script) expected(path string) int32 {
	switch x := s.IntN(100); {
	case x < 45:
		return sdk.AnyVersion
	case x < 80:
		return s.version[path]
	case x < 97:
		return int32(s.IntN(4))
	}
	return oneOf[int32](s, -2, -100, 1<<31-1, -1<<31, 1000)
}

// acl is a list for the node at path, which may become a secret by it.
func (s *script) acl(path string) []sdk.ACL {
	if s.chance(72) {
		return sdk.OpenACL()
	}
	entry := func(perms sdk.Perm, scheme, id string) sdk.ACL {
		return sdk.ACL{Perms: perms, Identity: sdk.Identity{Scheme: scheme, ID: id}}
	}
	if s.chance(40) {
		return []sdk.ACL{entry(sdk.PermAll, "digest", digest(s.user())), entry(sdk.PermRead, "world", "anyone")}
	}
	s.secret[path] = true
	all := func(scheme, id string) []sdk.ACL { return []sdk.ACL{entry(sdk.PermAll, scheme, id)} }
	return oneOf(s,
		all("auth", ""), all("auth", "ignored"),
		[]sdk.ACL{entry(sdk.Perm(s.IntN(32)), "world", "anyone"), entry(sdk.PermAll, "digest", digest(s.user()))},
		append(sdk.OpenACL(), sdk.OpenACL()...),
		all("ip", "127.0.0.1"), all("ip", "127.0.0.0/8"), all("ip", "10.0.0.0/8"), all("ip", "0.0.0.0/0"), all("ip", "127.0.0.1/33"),
		all("ip", "1.2.3"), all("ip", ""), all("ip", "127.0.0.1/x"),
		nil, all("world", "me"), all("nonesuch", "x"), all("", ""), all("super", ""), all("kerberos", "x"),
		all("digest", "nocolon"), all("digest", "a:b:c"), all("digest", ":"),
		[]sdk.ACL{entry(-1, "world", "anyone")}, []sdk.ACL{entry(0, "world", "anyone")}, []sdk.ACL{entry(64, "world", "anyone")},
	)
}

func (s *script) user() string { return fmt.Sprintf("u%[1]d:p%[1]d", s.IntN(3)) }

// digest is the id that stands for user:password.
func digest(user string) string {
	name, _, _ := strings.Cut(user, ":")
	sum := sha1.Sum([]byte(user))
	return name + ":" + base64.StdEncoding.EncodeToString(sum[:])
}

func (s *script) auth() sdk.Op {
	if s.chance(10) {
		return sdk.Op{Kind: sdk.OpAuth, Scheme: "ip", Data: []byte("1.2.3.4")}
	}
	return sdk.Op{Kind: sdk.OpAuth, Scheme: "digest", Data: []byte(s.user())}
}

func (s *script) badAuth() sdk.Op {
	return oneOf(s,
		sdk.Op{Kind: sdk.OpAuth, Scheme: "nonesuch", Data: []byte("x")},
		sdk.Op{Kind: sdk.OpAuth, Scheme: "world", Data: []byte("anyone")},
		sdk.Op{Kind: sdk.OpAuth, Data: []byte("x")},
	)
}
