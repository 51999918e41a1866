package history

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

func TestNames(t *testing.T) {
	for path, name := range map[string]string{
		"/": "%2F", "/a": "%2Fa", "/a/b": "%2Fa%2Fb", "/100%/%2F": "%2F100%25%2F%252F", "/ä b": "%2Fä b",
	} {
		if got := Name(path); got != name {
			t.Errorf("%q is %q, want %q", path, got, name)
		}
		if got, err := Path(name); got != path || err != nil {
			t.Errorf("%q stands for %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "a", "%2f", "%2F%2F", "%2Fa%2F", "%2F%", "%2F%4", "%2F.", "/a", "%2Fa/b"} {
		if path, err := Path(name); err == nil {
			t.Errorf("%q stands for %q", name, path)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, name := range []string{"%2F", "%2Fa%25", "%", "%2Fa%2Fb"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if path, err := Path(name); err == nil && (Name(path) != name || strings.Contains(name, "/")) {
			t.Errorf("%q stands for %q", name, path)
		}
	})
}

func TestParsePolicy(t *testing.T) {
	for text, want := range map[string]Policy{
		`{"keep":20}`:               {Keep: 20, Entries: defaultEntries, Bytes: defaultBytes},
		`{"keep":0}`:                NewPolicy(0),
		`{"keep":1,"age":"720h"}`:   {Keep: 1, Age: 720 * time.Hour, Entries: defaultEntries, Bytes: defaultBytes},
		`{"keep":1,"entries":5}`:    {Keep: 1, Entries: 5, Bytes: defaultBytes},
		` {"keep":1,"bytes":5000} `: {Keep: 1, Entries: defaultEntries, Bytes: 5000},
	} {
		if got, err := ParsePolicy([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, key := range map[string]string{
		"": "EOF", "{}": "keep", `{"keep":-1}`: "keep", `{"keep":1001}`: "keep", `{"keep":1,"age":"-1s"}`: "age",
		`{"keep":1,"age":"30d"}`: "age", `{"keep":1,"age":"1ns"}`: "age", `{"keep":1,"entries":0}`: "entries",
		`{"keep":1,"bytes":0}`: "bytes", `{"keep":1,"bytes":9999999999}`: "bytes", `{"keep":1,"kept":2}`: "kept",
		`{"keep":1}{}`: "more than one", `{"keep":1` + strings.Repeat(" ", 1100) + "}": "longer",
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, text := range []string{`{"keep":20}`, `{"keep":1,"age":"720h","entries":5,"bytes":99}`, `{`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			return
		}
		written, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParsePolicy(written); err != nil || again != p {
			t.Errorf("%+v is written as %s, which is %+v, %v", p, written, again, err)
		}
	})
}

func TestEntryThereAndBack(t *testing.T) {
	for _, e := range []Entry{
		{Zxid: 1, Time: 2, Kind: sdk.Created, Version: 0, Data: []byte("x\ny")},
		{Zxid: 1, Time: 2, Kind: sdk.Changed, Version: 7, Who: []string{"digest:a"}, From: "::1", Session: 9, Data: []byte{}},
		{Zxid: 1, Time: 2, Kind: sdk.Changed, Version: -7},
		{Zxid: 1, Time: 2, Kind: sdk.Deleted, Version: 3}, {Zxid: 1, Time: 2, Kind: sdk.ACLChanged, Version: 3},
	} {
		if got, err := ParseEntry(e.append(nil)); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%+v came back as %+v, %v", e, got, err)
		}
	}
	for _, text := range []string{"", "{}", "{}\n", "x\n", `{"kind":"moved"}` + "\n"} {
		if e, err := ParseEntry([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, e)
		}
	}
	if e, err := ParseEntry([]byte(`{"kind":"acl","later":1}` + "\n")); err != nil || e.Kind != sdk.ACLChanged {
		t.Errorf("a key of a later version: %+v, %v", e, err)
	}
}

func FuzzParseEntry(f *testing.F) {
	e := Entry{Zxid: 1, Kind: sdk.Changed, Who: []string{"digest:a"}, From: "::1", Data: []byte("x")}
	f.Add(e.append(nil))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntry(data)
		if err != nil {
			return
		}
		again, err := ParseEntry(e.append(nil))
		if err != nil || again.Zxid != e.Zxid || string(again.Data) != string(e.Data) || (again.Data == nil) != (e.Data == nil) {
			t.Errorf("%+v came back as %+v, %v", e, again, err)
		}
	})
}
