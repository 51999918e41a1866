package sasl

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestRFC is the example of RFC 2831, section 4.
func TestRFC(t *testing.T) {
	e := newServer("imap", "elwood.innosoft.com", []User{{"chris", "secret"}}).Begin()
	if _, _, err := e.Step(nil); err != nil {
		t.Fatal(err)
	}
	e.nonce = "OA6MG9tEQGm2hh"
	answer, user, err := e.Step([]byte(`charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,` +
		`cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",response=d388dad90d4bbd760a152321f2143af7,qop=auth`))
	if string(answer) != "rspauth=ea40f60335c427b5527b84dbabcdfffd" || user != "chris" || err != nil {
		t.Errorf("got %q, %q, %v", answer, user, err)
	}
}

// login plays a client that knows name and password, with what is to be said in another way, or with "" not at all.
func login(t *testing.T, s *Server, name, password string, other map[string]string) (string, error) {
	t.Helper()
	e := s.Begin()
	challenge, user, err := e.Step([]byte{})
	if err != nil || user != "" {
		t.Fatalf("challenge: %q, %v", user, err)
	}
	told, err := directives(challenge)
	if err != nil || told["algorithm"] != "md5-sess" || told["realm"] != "zk-sasl-md5" {
		t.Fatalf("challenge %q: %v", challenge, err)
	}
	p := proof{ // of what is said, so that nothing but what is said can be wrong with it
		secret: newSecret(name, cmp.Or(other["realm"], told["realm"]), password), nonce: cmp.Or(other["nonce"], told["nonce"]), cnonce: "c",
		count: cmp.Or(other["nc"], "00000001"), uri: cmp.Or(other["digest-uri"], "zookeeper/zk-sasl-md5"), authzid: other["authzid"],
	}
	response := p.of("AUTHENTICATE")
	said := map[string]string{"username": name, "realm": told["realm"], "nonce": p.nonce, "cnonce": p.cnonce, "nc": p.count,
		"digest-uri": p.uri, "qop": "auth", "charset": "utf-8", "response": response}
	for key, value := range other {
		said[key] = value
	}
	var token []string
	for key, value := range said {
		if value != "" {
			token = append(token, key+"="+quote(value))
		}
	}
	answer, user, err := e.Step([]byte(strings.Join(token, ",")))
	if err == nil && string(answer) != "rspauth="+p.of("") {
		t.Errorf("the server proves %q", answer)
	}
	if _, _, again := e.Step(nil); !errors.Is(again, ErrFailed) {
		t.Errorf("a third step: %v", again)
	}
	return user, err
}

func TestLogin(t *testing.T) {
	server := NewServer([]User{{"bob", "secret"}, {`b"o\b`, `q"`}, {"jürgen", "passwört"}, {"汉", "密码"}})
	for _, test := range []struct {
		name, password string
		other          map[string]string
		user           string // "" for failure
	}{
		{name: "bob", password: "secret", user: "bob"},
		{name: "bob", password: "secret", other: map[string]string{"authzid": "bob"}, user: "bob"},
		{name: "bob", password: "secret", other: map[string]string{"qop": "", "charset": ""}, user: "bob"},
		{name: "bob", password: "secret", other: map[string]string{"digest-uri": "ZooKeeper/zk-sasl-md5"}, user: "bob"},
		{name: `b"o\b`, password: `q"`, user: `b"o\b`},
		{name: "jürgen", password: "passwört", user: "jürgen"},
		{name: "jürgen", password: "passwört", other: map[string]string{"charset": "", "username": "j\xfcrgen"}, user: "jürgen"},
		{name: "汉", password: "密码", user: "汉"},

		{name: "bob", password: "Secret"},
		{name: "bob", password: ""},
		{name: "nobody", password: "secret"},
		{name: "bob", password: "secret", other: map[string]string{"authzid": "alice"}},
		{name: "bob", password: "secret", other: map[string]string{"nc": "00000002"}},
		{name: "bob", password: "secret", other: map[string]string{"nonce": "mine"}},
		{name: "bob", password: "secret", other: map[string]string{"realm": ""}},
		{name: "bob", password: "secret", other: map[string]string{"realm": "elsewhere"}},
		{name: "bob", password: "secret", other: map[string]string{"digest-uri": "imap/zk-sasl-md5"}},
		{name: "bob", password: "secret", other: map[string]string{"digest-uri": ""}},
		{name: "bob", password: "secret", other: map[string]string{"qop": "auth-conf"}},
		{name: "bob", password: "secret", other: map[string]string{"charset": "latin1"}},
		{name: "bob", password: "secret", other: map[string]string{"response": ""}},
		{name: "bob", password: "secret", other: map[string]string{"username": ""}},
		{name: "bob", password: "secret", other: map[string]string{"cnonce": ""}},
	} {
		t.Run(fmt.Sprint(test.name, test.password, test.other), func(t *testing.T) {
			user, err := login(t, server, test.name, test.password, test.other)
			if user != test.user || (err == nil) != (test.user != "") {
				t.Errorf("logged in as %q, %v", user, err)
			}
			if err != nil && !errors.Is(err, ErrFailed) {
				t.Errorf("%v is no ErrFailed", err)
			}
		})
	}
}

// TestOnce: a nonce is another one each time, and what was said once is worth nothing in another exchange.
func TestOnce(t *testing.T) {
	server := NewServer([]User{{"bob", "secret"}})
	one, other := server.Begin(), server.Begin()
	first, _, _ := one.Step(nil)
	second, _, _ := other.Step(nil)
	if string(first) == string(second) {
		t.Fatalf("two exchanges with %s", first)
	}
	p := proof{secret: newSecret("bob", server.realm, "secret"), nonce: one.nonce, cnonce: "c", count: "00000001", uri: server.uri}
	token := fmt.Appendf(nil, `username=bob,realm=zk-sasl-md5,nonce=%s,cnonce=c,nc=00000001,digest-uri="%s",response=%s`,
		p.nonce, p.uri, p.of("AUTHENTICATE"))
	if _, user, err := one.Step(token); user != "bob" || err != nil {
		t.Fatalf("%q, %v", user, err)
	}
	for what, e := range map[string]*Exchange{"the same exchange": one, "another": other} {
		if _, user, err := e.Step(token); user != "" || !errors.Is(err, ErrFailed) {
			t.Errorf("%s lets %q in, %v", what, user, err)
		}
	}
}

func TestFirstTokenIsEmpty(t *testing.T) {
	e := NewServer(nil).Begin()
	if _, _, err := e.Step([]byte("x")); !errors.Is(err, ErrFailed) {
		t.Errorf("got %v", err)
	}
	if _, _, err := e.Step(nil); !errors.Is(err, ErrFailed) {
		t.Errorf("another try: %v", err)
	}
}
