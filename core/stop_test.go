package core

import (
	"errors"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// TestStoppingStays: a node that was closed opens no session, not even one that only reads, whatever the log still told
// of leaders while it ended.
func TestStoppingStays(t *testing.T) {
	n := openNode(t, Config{ID: "n1", ReadOnly: true})
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, last := range []struct {
		what string
		tell func()
	}{
		{"nothing more", func() {}},
		{"no leader", func() { machine{n}.Follow("", 9) }},
		{"another leader", func() { machine{n}.Follow("n2", 9) }},
		{"that it leads", func() { machine{n}.Lead(9) }},
	} {
		last.tell()
		for _, readOnly := range []bool{false, true} {
			if s, err := n.Open(within(t), sdk.Login{ReadOnly: readOnly}); !errors.Is(err, errStopping) {
				t.Errorf("told %s: a session %v, read-only %v, is opened: %v", last.what, s, readOnly, err)
			}
		}
		if status, _ := n.Status(within(t)); status.Serving {
			t.Errorf("told %s: %+v", last.what, status)
		}
	}
}
