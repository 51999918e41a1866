package history

import (
	"encoding/json"
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
		`{"keep":20}`:                            {Keep: 20, Entries: defaultEntries, Bytes: defaultBytes},
		`{"keep":0}`:                             NewPolicy(0),
		`{"keep":1,"age":"720h"}`:                {Keep: 1, Age: 720 * time.Hour, Entries: defaultEntries, Bytes: defaultBytes},
		`{"keep":1,"entries":5}`:                 {Keep: 1, Entries: 5, Bytes: defaultBytes},
		"\t{ \"bytes\" : 5000 ,\r\n\"keep\":1} ": {Keep: 1, Entries: defaultEntries, Bytes: 5000},
	} {
		if got, err := ParsePolicy([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, key := range map[string]string{
		"": "no JSON object", "{}": "keep", `{"keep":-1}`: "keep", `{"keep":1001}`: "keep", `{"keep":1,"age":"-1s"}`: "age",
		`{"keep":1,"age":"30d"}`: "age", `{"keep":1,"age":"1ns"}`: "age", `{"keep":1,"entries":0}`: "entries",
		`{"keep":1,"bytes":0}`: "bytes", `{"keep":1,"bytes":9999999999}`: "bytes", `{"keep":1,"kept":2}`: "kept",
		`{"Keep":1}`: "Keep", `{"keep":1,"keep":1}`: "keep: is there twice", `{"k\u0065ep":1}`: "no JSON object", `{"keep":null}`: "no JSON object",
		`{"keep":"1"}`: "keep", `{"keep":1.0}`: "keep", `{"keep":1e1}`: "keep", `{"keep":01}`: "keep", `{"keep":+1}`: "keep",
		`{"keep":-0}`: "keep", `{"keep":4294967297}`: "keep", `{"keep":1,"age":3600}`: "age", `{"keep":1,}`: "no JSON object",
		`{"keep":1`: "no JSON object", `{"keep":1 "age":""}`: "no JSON object", `{,}`: "no JSON object", `["keep",1]`: "no JSON object",
		`{keep:1}`: "no JSON object", `{"keep"1}`: "no JSON object", `{"keep":}`: "no JSON object", `{"keep":"\n"1}`: "no JSON object",
		`{"keep":"1` + "\n" + `"1}`: "no JSON object", `{"keep":1}x`: "more than one",
		`{"keep":1}{}`: "more than one", `{"keep":1` + strings.Repeat(" ", 1100) + "}": "longer",
	} {
		if _, err := ParsePolicy([]byte(text)); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// FuzzParsePolicy looks for a text that is a policy, and that encoding/json reads in another way.
func FuzzParsePolicy(f *testing.F) {
	for _, text := range []string{
		`{"keep":20}`, `{"keep":1,"age":"720h","entries":5,"bytes":99}`, `{`, `{"keep":1,"KEEP":2}`, `{"age":"\u0031h","keep":1}`, `{"keep":1}]`,
		`{"keep":"\n"1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy(text)
		if err != nil {
			return
		}
		if other := laxly(t, text); other != p {
			t.Errorf("%q is %+v, and to encoding/json %+v", text, p, other)
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

// laxly reads a policy with encoding/json.
func laxly(t *testing.T, data []byte) Policy {
	t.Helper()
	p := NewPolicy(-1)
	text := policyText{Entries: &p.Entries, Bytes: &p.Bytes}
	if err := json.Unmarshal(data, &text); err != nil {
		t.Fatalf("%q is a policy, and to encoding/json not: %v", data, err)
	}
	p.Keep = text.Keep
	if text.Age != "" {
		age, err := time.ParseDuration(text.Age)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		p.Age = age
	}
	return p
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

// What stands in the tree for an entry is the same for ever: servers of two versions write it side by side.
func TestEntriesAreWrittenAsEver(t *testing.T) {
	const odd = "a\"\\/\b\f\n\r\t\x00\x1f\x7f<>&\u2028\u2029\ufffd\xff\xc3é😀"
	for _, test := range []struct {
		entry Entry
		want  string
	}{
		{Entry{Zxid: 1 << 62, Time: -1, Kind: sdk.Deleted, Version: -1 << 31},
			`{"zxid":4611686018427387904,"time":-1,"kind":"deleted","version":-2147483648}` + "\n"},
		{Entry{Kind: sdk.Created, Who: []string{"digest:ann", "super"}, Session: -1}, `{"zxid":0,"time":0,"kind":"created","version":0,` +
			`"who":["digest:ann","super"],"session":-1,"null":true}` + "\n"},
		{Entry{Kind: sdk.Changed, Who: []string{odd}, From: odd, Data: []byte("x\n")}, `{"zxid":0,"time":0,"kind":"changed","version":0,` +
			`"who":["a\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f" + `\u003c\u003e\u0026\u2028\u2029` + "\ufffd" + `\ufffd\ufffdé😀"],` +
			`"from":"a\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f" + `\u003c\u003e\u0026\u2028\u2029` + "\ufffd" + `\ufffd\ufffdé😀"}` + "\nx\n"},
	} {
		if got := test.entry.append(nil); string(got) != test.want {
			t.Errorf("%+v is written\n%q, want\n%q", test.entry, got, test.want)
		}
	}
}

// FuzzAppendText looks for texts that encoding/json, as it is today, writes otherwise.
func FuzzAppendText(f *testing.F) {
	for _, text := range []string{"", "digest:ann", "\"\\\b\x00\x7f<&>\u2028\ufffd\xff\xed\xa0\x80😀"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendText(nil, text); string(got) != string(want) {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	})
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
