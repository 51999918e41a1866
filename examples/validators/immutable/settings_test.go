package main

import (
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func TestSettings(t *testing.T) {
	take := func(settings string) error { return configure([]byte(settings)) }
	for settings, want := range map[string]string{"": "is not the word", "Deletable": "is not the word"} {
		if err := take(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	if err := take("deletable\n"); err != nil {
		t.Error(err)
	}
	if err := judge(&sdk.WriteOp{Kind: sdk.OpDelete, Path: "/a"}); err != nil {
		t.Error(err)
	}
	if err := judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/a"}); err == nil {
		t.Error("a change passes")
	}
}
