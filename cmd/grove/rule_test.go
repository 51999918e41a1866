package main

import "testing"

// A change of a rule is a change of what it names, whoever wrote the rest.
func TestEditsLeaveTheRest(t *testing.T) {
	for _, test := range []struct {
		object string
		edits  edits
		want   string
	}{
		{`{"module":"a","paths":["/x"]}`, edits{"mode": "off"}, `{"mode":"off","module":"a","paths":["/x"]}`},
		{`{"module":"a","mode":"off"}`, edits{"mode": "audit"}, `{"mode":"audit","module":"a"}`},
		{`{"module":"a","later":{"b":[1e400, 9007199254740993]}}`, edits{"module": "b", "previous": "a"},
			`{"later":{"b":[1e400,9007199254740993]},"module":"b","previous":"a"}`},
		{`{"module":"a"}`, nil, `{"module":"a"}`},
	} {
		if got, err := test.edits.in([]byte(test.object)); string(got) != test.want || err != nil {
			t.Errorf("%v in %s: %s, %v, want %s", test.edits, test.object, got, err, test.want)
		}
	}
	if got, err := (edits{"mode": "off"}).in([]byte(`["module"]`)); err == nil {
		t.Errorf("a list became %s", got)
	}
}
