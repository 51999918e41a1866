package main

import (
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func TestSettings(t *testing.T) {
	take := func(settings string) error { return configure([]byte(settings)) }
	for settings, want := range map[string]string{"": "is not the word", "strict": "is not the word"} {
		if err := take(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", settings, err, want)
		}
	}
	if err := take("strictly\n"); err != nil {
		t.Error(err)
	}
	old := &sdk.Node{Present: true, Data: []byte("5")}
	for data, good := range map[string]bool{"5": false, "6": true, "4": false} {
		if err := judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/a", Data: []byte(data), Old: old}); (err == nil) != good {
			t.Errorf("from 5 to %s: %v", data, err)
		}
	}
	if err := judge(&sdk.WriteOp{Kind: sdk.OpSetData, Path: "/a", Data: []byte("6")}); err == nil || !strings.Contains(err.Error(), "reads old") {
		t.Errorf("under a rule that reads nothing: %v", err)
	}
}
