package main

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	take := func(settings string) error { return configure([]byte(settings)) }
	for settings, want := range map[string]string{"": "two folders are needed", "/a": "two folders", "/a b": "two folders", "/a /a": "two folders", "/a /b /c": "two folders"} {
		if err := take(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	if err := take("/a /b"); err != nil {
		t.Error(err)
	}
}
