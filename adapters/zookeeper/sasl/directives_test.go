package sasl

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestDirectives(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                                   {},
		", ,":                                {},
		"a=b":                                {"a": "b"},
		`A="b"`:                              {"a": "b"},
		`a="b,c=\"d\\",e=f`:                  {"a": `b,c="d\`, "e": "f"},
		" a = b ,\r\n\tc=\"\" , ,d=\"e\" ":   {"a": "b", "c": "", "d": "e"},
		"a=b=c":                              {"a": "b=c"},
		"a":                                  nil,
		"=b":                                 nil,
		`a="b`:                               nil,
		`a="b\`:                              nil,
		`a="b"c`:                             nil,
		`a=b"c`:                              nil,
		"a=b c":                              nil,
		"a=b,A=c":                            nil,
		`"a"=b`:                              nil,
		"a,b=c":                              nil,
		"a=" + strings.Repeat("b", maxToken): nil,
	} {
		got, err := directives([]byte(text))
		if want == nil && !errors.Is(err, errSyntax) || want != nil && (err != nil || !maps.Equal(got, want)) {
			t.Errorf("%.60q: got %q, %v", text, got, err)
		}
	}
}

// FuzzDirectives: whatever can be read can be said again.
func FuzzDirectives(f *testing.F) {
	for _, seed := range []string{"a=b", `a="b\"c",d=e`, `username="chris",realm="elwood.innosoft.com",nc=00000001`, ",,a=,"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		found, err := directives(token)
		if err != nil {
			return
		}
		var again []string
		for name, value := range found {
			again = append(again, name+"="+quote(value))
		}
		text := strings.Join(again, ",")
		if got, err := directives([]byte(text)); len(text) <= maxToken && (err != nil || !maps.Equal(got, found)) {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	})
}

// FuzzStep: nobody gets in without the password.
func FuzzStep(f *testing.F) {
	f.Add([]byte(`username="bob",realm="zk-sasl-md5",nonce="n",cnonce="c",nc=00000001,digest-uri="zookeeper/zk-sasl-md5",response=d388dad90d4bbd760a152321f2143af7`))
	f.Add([]byte(""))
	server := NewServer([]User{{"bob", "secret"}})
	f.Fuzz(func(t *testing.T, token []byte) {
		e := server.Begin()
		if _, _, err := e.Step(nil); err != nil {
			t.Fatal(err)
		}
		e.nonce = "n"
		if answer, user, err := e.Step(token); answer != nil || user != "" || !errors.Is(err, ErrFailed) {
			t.Errorf("%q lets %q in", token, user)
		}
	})
}

func TestParseUsers(t *testing.T) {
	users, err := ParseUsers([]string{"# people", "", " bob:secret ", "alice:a:b"})
	if err != nil || len(users) != 2 || users[0] != (User{"bob", "secret"}) || users[1] != (User{"alice", "a:b"}) {
		t.Errorf("got %v, %v", users, err)
	}
	for _, bad := range [][]string{{"hushhush"}, {":hushhush"}, {"bob:"}, {"bob:hushhush", "bob:x"}} {
		if _, err := ParseUsers(bad); err == nil || strings.Contains(err.Error(), "hushhush") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
