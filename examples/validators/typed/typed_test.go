package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func TestTypes(t *testing.T) {
	tests := []struct {
		typeName  string
		good, bad []string
	}{
		{"json", []string{"{}", `{"a": [1, -0.5e+3, "\u00e9\n", true, null]}`, " 1 ", `""`},
			[]string{"{", `{"a"}`, `{"a": 1,}`, "[1 2]", "01", "tru", "'a'", `"\x"`, "\"a\nb\"", "1 2", "-", "1.", "nul"}},
		{"int", []string{"0", "-12", "9223372036854775807"}, []string{"1.5", " 1", "0x10", "9223372036854775808", "a"}},
		{"number", []string{"0.5", "-1e6", "12"}, []string{"NaN", "Inf", "0x1p2", "1 ", " 1", "true", "1,5"}},
		{"bool", []string{"true", "false"}, []string{"True", "1", "yes", "true\n"}},
		{"port", []string{"1", "65535"}, []string{"0", "65536", "-1", "http"}},
		{"text", []string{"a", "ü", "\n"}, []string{"\xff", "a\xc3"}},
	}
	if len(tests) != len(types) || len(wanted) != len(types) || len(strings.Split(typeNames, ", ")) != len(types)+1 {
		t.Error("a type is not tested, or has no words")
	}
	for _, test := range tests {
		for _, data := range test.good {
			if !types[test.typeName]([]byte(data)) {
				t.Errorf("%q is no %s", data, test.typeName)
			}
		}
		for _, data := range test.bad {
			if types[test.typeName]([]byte(data)) {
				t.Errorf("%q is a %s", data, test.typeName)
			}
		}
	}
}

func TestRules(t *testing.T) {
	list, err := parse("# ports first\n/config/*/port  port\n\n/config/**  json\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		kind       sdk.OpKind
		path, data string
		refused    string
	}{
		{sdk.OpSetData, "/config/a/port", "80", ""},
		{sdk.OpSetData, "/config/a/port", "{}", "/config/a/port: must be a port from 1 to 65535"},
		{sdk.OpCreate, "/config/a", "{", "/config/a: must be well-formed JSON"},
		{sdk.OpCreate2, "/config/a", "{", "/config/a: must be well-formed JSON"},
		{sdk.OpCreate, "/config/a", "", ""},
		{sdk.OpDelete, "/config/a", "", ""},
		{sdk.OpCreateContainer, "/config/a", "{", "/config/a: must be well-formed JSON"},
		{sdk.OpCreateTTL, "/config/a", "{", "/config/a: must be well-formed JSON"},
		{sdk.OpSetData, "/other", "{", ""},
	}
	for _, test := range tests {
		err := list.judge(&sdk.WriteOp{Kind: test.kind, Path: test.path, Data: []byte(test.data)})
		if (err == nil) != (test.refused == "") || err != nil && !strings.HasSuffix(err.Error(), test.refused) {
			t.Errorf("%v %s %q: %v, want %q", test.kind, test.path, test.data, err, test.refused)
		}
	}
}

func TestBadSettings(t *testing.T) {
	tests := map[string]string{
		"":                  "no rules",
		"# nothing":         "no rules",
		"/a":                "line 1: 1 words",
		"/a json x":         "line 1: 3 words",
		"/a int\n/b colour": `line 2: type "colour" is none of json,`,
		"a int":             "line 1: pattern \"a\"",
	}
	for settings, want := range tests {
		if _, err := parse(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
}

// FuzzJSON holds the scanner against the standard library's.
func FuzzJSON(f *testing.F) {
	for _, data := range []string{`{"a": [1, -0.5e+3, "\u00e9\n", true, null]}`, "[[],{}]", "-0", `"\ud800"`, "", " ", "1.e", "\"\xff\""} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		deep := strings.Count(string(data), "[")+strings.Count(string(data), "{") > maxDepth
		if got, want := isJSON(data), json.Valid(data); got != want && !deep {
			t.Errorf("%q: %v, the standard library says %v", data, got, want)
		}
	})
}

func TestMatch(t *testing.T) {
	for settings, want := range map[string]string{
		"/a match": "line 1: match needs", "/a match a b": "match needs", "/a match (": `"(" is no regular expression`, "/a int 5": "3 words",
	} {
		if _, err := parse(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	list, err := parse("/a match [a-z]+|0")
	if err != nil {
		t.Fatal(err)
	}
	for data, good := range map[string]bool{"abc": true, "0": true, "abc0": false, "ab\n": false, "\xff": false} {
		if err := list.judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/a", Data: []byte(data)}); (err == nil) != good {
			t.Errorf("%q: %v", data, err)
		}
	}
}
