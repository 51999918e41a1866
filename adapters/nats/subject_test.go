package nats

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

var subjects = []struct{ path, subject string }{
	{"/", "grove.created.%"},
	{"/app", "grove.created.app"},
	{"/app/config/svc-a", "grove.created.app.config.svc-a"},
	{"/a.b/*/>", "grove.created.a%2Eb.%2A.%3E"},
	{"/a b\t\r\n", "grove.created.a%20b%09%0D%0A"},
	{"/100%", "grove.created.100%25"},
	{"/%", "grove.created.%25"},
	{"/ü", "grove.created.%C3%BC"},
	{"/A_=:@+~!,-9", "grove.created.A_=:@+~!,-9"},
	{"/long", "grove.created.long"},
	{"/%long/a", "grove.created.%25long.a"},
	{"/a//b/", "grove.created.a.%.b.%"}, // no path of a tree, but nothing gets lost
}

func TestSubject(t *testing.T) {
	for _, test := range subjects {
		if got := Subject("grove", "created", test.path); got != test.subject {
			t.Errorf("%q: %s, want %s", test.path, got, test.subject)
		}
		kind, path, err := parseSubject("grove", test.subject)
		if kind != "created" || path != test.path || err != nil {
			t.Errorf("%s: %s %q %v", test.subject, kind, path, err)
		}
	}
}

func TestLongSubject(t *testing.T) {
	fits := "/" + strings.Repeat("x", maxSubject-len("grove.deleted."))
	for path, long := range map[string]bool{fits: false, fits + "y": true, "/" + strings.Repeat("€", 400): true} {
		subject := Subject("grove", "deleted", path)
		if got := strings.HasPrefix(subject, "grove.deleted.%long."); got != long || len(subject) > maxSubject {
			t.Errorf("path of %d bytes: %.60s… of %d", len(path), subject, len(subject))
		}
		_, back, err := parseSubject("grove", subject)
		if long != errors.Is(err, errLongPath) || !long && back != path {
			t.Errorf("path of %d bytes: back as %d bytes, %v", len(path), len(back), err)
		}
	}
}

func TestNoSubject(t *testing.T) {
	for _, subject := range []string{
		"", "grove", "grove.created", "other.created.a", "grovel.created.a", "grove.created.", "grove.created.a..b", "grove.created.a%2",
		"grove.created.%zz", "grove.created.a.%%",
	} {
		if _, path, err := parseSubject("grove", subject); err == nil {
			t.Errorf("%q is %q", subject, path)
		}
	}
}

func FuzzSubject(f *testing.F) {
	for _, test := range subjects {
		f.Add(test.path, test.subject)
	}
	f.Fuzz(func(t *testing.T, path, subject string) {
		path = "/" + path
		made := Subject("a.b", "changed", path)
		if !server.IsValidLiteralSubject(made) || len(made) > maxSubject {
			t.Fatalf("%q makes %q", path, made)
		}
		kind, back, err := parseSubject("a.b", made)
		if !errors.Is(err, errLongPath) && (err != nil || kind != "changed" || back != path) {
			t.Fatalf("%q makes %q, which is %q, %v", path, made, back, err)
		}
		if _, path, err := parseSubject("grove", subject); err == nil && path[0] != '/' {
			t.Fatalf("%q is %q", subject, path)
		}
	})
}

// errLongPath is that of a subject that has only the digest of its path.
var errLongPath = errors.New("subject has only the digest of its path")

// parseSubject turns a subject back into the kind of change and the path: what the tests hold Subject against.
func parseSubject(prefix, subject string) (kind, path string, err error) {
	rest, ours := strings.CutPrefix(subject, prefix+".")
	kind, tokens, ok := strings.Cut(rest, ".")
	if !ours || !ok {
		return "", "", fmt.Errorf("subject %q: not %s.<kind>.<path>", subject, prefix)
	}
	if strings.HasPrefix(tokens, longToken+".") {
		return kind, "", fmt.Errorf("subject %q: %w", subject, errLongPath)
	}
	var out []byte
	for token := range strings.SplitSeq(tokens, ".") {
		if out, err = appendComponent(append(out, '/'), token); err != nil {
			return "", "", fmt.Errorf("subject %q: %w", subject, err)
		}
	}
	return kind, string(out), nil
}

func appendComponent(out []byte, token string) ([]byte, error) {
	switch token {
	case "":
		return nil, errors.New("empty token")
	case emptyToken:
		return out, nil
	}
	return appendUnescaped(out, token)
}

// appendUnescaped undoes appendEscaped.
func appendUnescaped(out []byte, text string) ([]byte, error) {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out = append(out, text[i])
			continue
		}
		if i+3 > len(text) {
			return nil, fmt.Errorf("%q ends inside an escape", text)
		}
		var err error
		if out, err = hex.AppendDecode(out, []byte(text[i+1:i+3])); err != nil {
			return nil, fmt.Errorf("%q: no escape", text[i:i+3])
		}
		i += 2
	}
	return out, nil
}
