package nats

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// maxSubject is the length from which on a subject names its path by a digest: NATS has 4096 bytes for the subject,
// the reply subject and the lengths of a message together.
const maxSubject = 2000

// emptyToken stands for a component without a character, which only the root has.
const emptyToken = "%"

// longToken comes before the digest of a path that is too long; no escape looks like it.
const longToken = "%long"

// Subject is where a change of path is published: <prefix>.<kind>.<path>, with "." for "/". In each component every
// byte outside [A-Za-z0-9_=:@+~!,-] is %XX, so that subjects are plain ASCII, have no wildcards and can be turned back
// into the path. The root is "%". A subject that would be longer than 2000 bytes is <prefix>.<kind>.%long.<digest>, with
// the first 16 bytes of the path's SHA-256 in hexadecimal.
func Subject(prefix, kind, path string) string {
	out := make([]byte, 0, len(prefix)+len(kind)+len(path)+8)
	out = append(append(append(out, prefix...), '.'), kind...)
	head := len(out)
	for component := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		out = appendToken(append(out, '.'), component)
	}
	if len(out) > maxSubject {
		sum := sha256.Sum256([]byte(path))
		out = append(append(append(out[:head], '.'), longToken...), '.')
		out = hex.AppendEncode(out, sum[:16])
	}
	return string(out)
}

func appendToken(out []byte, component string) []byte {
	if component == "" {
		return append(out, emptyToken...)
	}
	return appendEscaped(out, component, plainInToken)
}

// appendEscaped copies the bytes that are plain and writes the others as %XX.
func appendEscaped(out []byte, text string, plain func(byte) bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		if c := text[i]; plain(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return out
}

func plainInToken(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_=:@+~!,-", c) >= 0
}

// ErrLongPath is returned by ParseSubject for a subject that has only the digest of its path. The header Grove-Path
// has the path itself.
var ErrLongPath = errors.New("subject has only the digest of its path")

// ParseSubject turns a subject back into the kind of change and the path.
func ParseSubject(prefix, subject string) (kind, path string, err error) {
	rest, ours := strings.CutPrefix(subject, prefix+".")
	kind, tokens, ok := strings.Cut(rest, ".")
	if !ours || !ok {
		return "", "", fmt.Errorf("subject %q: not %s.<kind>.<path>", subject, prefix)
	}
	if strings.HasPrefix(tokens, longToken+".") {
		return kind, "", fmt.Errorf("subject %q: %w", subject, ErrLongPath)
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
