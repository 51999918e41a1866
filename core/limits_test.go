package core

import (
	"context"
	"errors"
	"testing"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/sdk"
)

// TestLimitsOfASession: who has as much unanswered as it may has to wait with more, and who watches more than it may is
// let go; another session goes on.
func TestLimitsOfASession(t *testing.T) {
	n := openNode(t, Config{ID: "n1", MaxUnanswered: 2, MaxWatches: 3})
	greedy, other := openClient(t, n, sdk.Login{}), openClient(t, n, sdk.Login{})
	now, cancel := context.WithCancel(t.Context())
	cancel()
	watched := func(path string) *sdk.Op { return &sdk.Op{Kind: sdk.OpExists, Path: path, Watch: true} }
	for i, want := range []error{nil, nil, context.Canceled} {
		if err := greedy.Submit(now, uint64(i), watched("/a")); !errors.Is(err, want) {
			t.Errorf("request %d: %v, want %v", i+1, err, want)
		}
	}
	if got, err := greedy.Next(t.Context(), make([]sdk.Message, 9)); got != 2 || err != nil {
		t.Fatalf("%d answers, %v", got, err)
	}
	for _, path := range []string{"/b", "/b", "/c"} {
		greedy.ask(*watched(path))
	}
	if m, err := greedy.try(*watched("/d")); !errors.Is(err, sdk.ErrOverwhelmed) {
		t.Errorf("the session goes on: %v, %v", m, err)
	}
	other.must(create("/a", ""))
}

func TestLimitsThatAreNone(t *testing.T) {
	for _, cfg := range []Config{{MaxUnanswered: -1}, {MaxUnanswered: session.MaxWindow + 1}, {MaxWatches: -1}} {
		cfg.ID, cfg.Dir = "n1", t.TempDir()
		if node, err := Open(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
			_ = node.Close()
		}
	}
}
