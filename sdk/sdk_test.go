package sdk

import (
	"strings"
	"testing"
)

func TestValidatePath(t *testing.T) {
	good := []string{"/", "/a", "/a/b", "/a/b.c", "/a/...", "/ä", "/a b", "/\uf900", "/\uffef"}
	bad := []string{"", "a", "/a/", "//", "/a//b", "/.", "/a/..", "/a/./b", "/a\x00", "/\x1f", "/\x7f", "/\u009f",
		"/\ue000", "/\uf8ff", "/\ufff0", "/\uffff", "/😀", "/\xff"}
	for _, path := range good {
		if err := ValidatePath(path); err != nil {
			t.Errorf("%q refused: %v", path, err)
		}
	}
	for _, path := range bad {
		if ValidatePath(path) == nil {
			t.Errorf("%q accepted", path)
		}
	}
}

func TestSplitAndJoinPath(t *testing.T) {
	for _, path := range []string{"/a", "/a/b", "/a/b/c"} {
		parent, name := SplitPath(path)
		if got := JoinPath(parent, name); got != path {
			t.Errorf("%q split into %q and %q, joined %q", path, parent, name, got)
		}
	}
	if parent, name := SplitPath("/"); parent != "" || name != "" {
		t.Errorf("root split into %q and %q", parent, name)
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no string
	}{
		{"/", "/", "/a"},
		{"/**", "/ /a /a/b", ""},
		{"/config/**", "/config /config/a /config/a/b", "/configs /conf /x/config"},
		{"/config/*", "/config/a", "/config /config/a/b"},
		{"/a/**/z", "/a/z /a/b/z /a/b/c/z /a/z/z", "/a /a/b /z"},
		{"/a/*-lock", "/a/x-lock /a/-lock", "/a/lock /a/x-lock/b"},
		{"/a/l*k*1", "/a/lk1 /a/lock-01", "/a/lock-2"},
	}
	for _, test := range tests {
		glob, err := ParseGlob(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.FieldsSeq(test.yes) {
			if !glob.Match(path) {
				t.Errorf("%s does not match %s", test.pattern, path)
			}
		}
		for path := range strings.FieldsSeq(test.no) {
			if glob.Match(path) {
				t.Errorf("%s matches %s", test.pattern, path)
			}
		}
	}
	numbered := []struct{ pattern, yes, no string }{
		{"/config/*", "/config/ /config/a", "/config /config/a/ /x/"},
		{"/**", "/ /a /a/", ""},
		{"/config/**", "/config/ /config/a /config/a/", "/config /confi"},
		{"/a/x0000000001", "/a/x", "/a/x0 /a/x1 /a/y"},
		{"/a/*1", "/a/ /a/b", "/b/ /a/b/"},
		{"/a/q-*-c", "", "/a/q- /a/q"},
		{"/a*", "/a", "/b /"},
	}
	for _, test := range numbered {
		glob, err := ParseGlob(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.FieldsSeq(test.yes) {
			if !glob.MatchNumbered(path) {
				t.Errorf("%s does not match %s with a number", test.pattern, path)
			}
		}
		for path := range strings.FieldsSeq(test.no) {
			if glob.MatchNumbered(path) {
				t.Errorf("%s matches %s with a number", test.pattern, path)
			}
		}
	}
	long := strings.Repeat("/a", maxPattern)
	for _, pattern := range []string{"", "a", "/a//b", "/a/", "/a**", long, strings.Repeat("/**", 9), "/" + strings.Repeat("*a", 9)} {
		if _, err := ParseGlob(pattern); err == nil {
			t.Errorf("%q accepted", pattern)
		}
	}
}
