package history

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What the node of an entry holds, and whether a node holds a policy, is replicated: all servers have to come to the same,
// and those of the version before too while others are replaced. So the little JSON of both is written and read here, and
// not by encoding/json, which writes texts otherwise in one version of Go than in another, and reads more than anybody
// means: keys in other letters, or twice.

// appendNumber appends a number behind what comes before it.
func appendNumber(dst []byte, before string, n int64) []byte {
	return strconv.AppendInt(append(dst, before...), n, 10)
}

// appendText appends a text as JSON has it. Bytes that are no UTF-8 are replaced, and what means something in HTML or
// JavaScript is escaped as well.
func appendText(dst []byte, text string) []byte {
	const short, letters, digits = "\"\\\b\f\n\r\t", `"\bfnrt`, "0123456789abcdef"
	dst = append(dst, '"')
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch at := strings.IndexRune(short, r); {
		case at >= 0:
			dst = append(dst, '\\', letters[at])
		case r == utf8.RuneError && size == 1, r < ' ', strings.ContainsRune("<>&\u2028\u2029", r):
			dst = append(dst, '\\', 'u', digits[r>>12], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return append(dst, '"')
}

// member is one of a JSON object. Its value is a text, or a number as it is spelled.
type member struct {
	key, value string
	text       bool
}

// parseObject reads a JSON object of texts without escapes and of numbers, in which no key stands twice. Whether a value
// is a good one is for the caller to see.
func parseObject(text string) (list []member, err error) {
	s := scanner{text}
	if !s.take("{") {
		return nil, errNoObject
	}
	for more := !s.take("}"); more; more = s.take(",") {
		m, ok := s.member()
		switch {
		case !ok:
			return nil, errNoObject
		case slices.ContainsFunc(list, func(other member) bool { return other.key == m.key }):
			return nil, fmt.Errorf("%s: is there twice", m.key)
		}
		list = append(list, m)
	}
	if len(list) > 0 && !s.take("}") {
		return nil, errNoObject
	}
	if !s.take("") || s.rest != "" {
		return nil, errors.New("more than one JSON value")
	}
	return list, nil
}

var errNoObject = errors.New("no JSON object of numbers, and of texts without escapes")

// scanner is what is left of a text.
type scanner struct{ rest string }

// take passes over blanks, and over a mark if that comes next.
func (s *scanner) take(mark string) (found bool) {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	s.rest, found = strings.CutPrefix(s.rest, mark)
	return found
}

// member takes a text, a colon, and a text or a number.
func (s *scanner) member() (m member, ok bool) {
	if s.take(`"`) {
		m.key, ok = s.text()
	}
	switch {
	case !ok || !s.take(":"):
		return m, false
	case s.take(`"`):
		m.text = true
		m.value, ok = s.text()
		return m, ok
	}
	m.value, ok = s.number()
	return m, ok
}

// text takes what is left of a text, and its last quote.
func (s *scanner) text() (text string, ok bool) {
	text, s.rest, ok = strings.Cut(s.rest, `"`)
	return text, ok && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '\\' })
}

// number takes what looks like a number, with something behind it.
func (s *scanner) number() (number string, ok bool) {
	end := strings.IndexFunc(s.rest, func(r rune) bool { return !strings.ContainsRune("+-.0123456789Ee", r) })
	if end <= 0 {
		return "", false
	}
	number, s.rest = s.rest[:end], s.rest[end:]
	return number, true
}
