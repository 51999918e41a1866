package main

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// What is read of any bytes is bounded, and comes back the same when it is written and read again.
func FuzzRequests(f *testing.F) {
	for _, seed := range []string{
		"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "PING\r\n", "*0\r\n", "*1\r\n$0\r\n\r\n", "*1\r\n$-1\r\n", "*9999999999\r\n", "\n\n a b \n", "*1\r\n$3\r\nab", "$1\r\na\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := newRequests(bytes.NewReader(data))
		for {
			words, err := in.next()
			if err != nil {
				if !errors.Is(err, errProtocol) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatal(err)
				}
				return
			}
			if len(words) > maxArgs {
				t.Fatalf("%d words", len(words))
			}
			again, err := newRequests(bytes.NewReader(bulks(words...))).next()
			if err != nil || !slices.Equal(again, words) {
				t.Fatalf("%q came back as %q, %v", words, again, err)
			}
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("a*[^b-d]?\\*", "axxe!*")
	f.Add("[", "a")
	f.Add("\\", "\\")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := match(pattern, text)
		if strings.ContainsAny(pattern, `*?[\`) {
			return
		}
		if got != (pattern == text) {
			t.Fatalf("%q and %q: %v", pattern, text, got)
		}
	})
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, yes, no string
	}{
		{"*", "a /a/b", ""}, {"a*", "a ab a/b", "b ba"}, {"*a", "a ba", "ab"}, {"a*b*c", "abc axxbxxc", "ab acb"}, {"?", "a", "ab"},
		{"[abc]x", "ax cx", "dx x"}, {"[^a]", "b", "a"}, {"[a-c]", "b", "d"}, {`\*`, "*", "a"}, {`a\`, `a\`, "a"}, {"h[ae]llo", "hello hallo", "hillo"},
	} {
		for text := range strings.FieldsSeq(test.yes) {
			if !match(test.pattern, text) {
				t.Errorf("%s does not match %s", test.pattern, text)
			}
		}
		for text := range strings.FieldsSeq(test.no) {
			if match(test.pattern, text) {
				t.Errorf("%s matches %s", test.pattern, text)
			}
		}
	}
}
