package main

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	take := func(settings string) error { return configure([]byte(settings)) }
	for settings, want := range map[string]string{"": "a pattern is needed", " \n": "a pattern is needed", "[a-": "error parsing regexp"} {
		if err := take(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	if err := take("[a-z]+"); err != nil {
		t.Error(err)
	}
}
