package nats

import (
	"crypto/sha256"
	"encoding/hex"
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
