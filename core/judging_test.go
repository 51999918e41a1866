package core

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// endless is an engine of one module, which judges until it is told to stop.
type endless struct {
	began chan struct{}
	ended atomic.Bool
}

func (e *endless) Load(context.Context, sdk.Module) (sdk.Validator, error) { return e, nil }
func (e *endless) Name() string                                            { return "judge" }

func (e *endless) Validate(ctx context.Context, _ sdk.Write) error {
	close(e.began)
	<-ctx.Done()
	e.ended.Store(true)
	return ctx.Err()
}

// TestCloseWaitsForJudging: when a node is closed nothing is judged for its sessions any more.
func TestCloseWaitsForJudging(t *testing.T) {
	engine := &endless{began: make(chan struct{})}
	n := openNode(t, Config{ID: "n1", Engine: engine})
	c := openClient(t, n, sdk.Login{})
	c.must(create("/n", "0"))
	c.enforce("/n", "old")
	op := set("/n", "1")
	if err := c.Submit(within(t), 1, &op); err != nil {
		t.Fatal(err)
	}
	<-engine.began
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if !engine.ended.Load() {
		t.Error("a write is still being judged")
	}
}
