package main

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	take := func(settings string) error { return func() error { _, err := parse(settings); return err }() }
	for settings, want := range map[string]string{"": "no limits", "# none": "no limits", "/a": "line 1: 1 words", "/a 1\n/b -1": `line 2: "-1" is no number`, "/a 99999999999": "is no number", "/a 1 x": `"x" is no number of children`, "/a 1 2 3": "4 words", "a 1": "line 1: pattern"} {
		if err := take(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	if err := take("/a 1\n"); err != nil {
		t.Error(err)
	}
}
