package replica

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/raft"
)

// idle is raft's own pipeline when nothing is sent in it.
type idle struct {
	raft.AppendPipeline
	closed chan struct{}
	once   sync.Once
}

func (*idle) Consumer() <-chan raft.AppendFuture { return nil }
func (i *idle) Close() error                     { i.once.Do(func() { close(i.closed) }); return nil }

// When raft takes no answers any more the pipeline ends, to its last part, and the lane goes on: a leader writes.
func TestRaftTakesNoAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		k, f, p := testLane(ctx, &running)
		inner := &idle{closed: make(chan struct{})}
		p.AppendPipeline, p.transport, p.id = inner, new(transport), "n2"
		running.Go(p.pass)
		defer p.Close()
		closed := func() bool {
			select {
			case <-inner.closed:
				return true
			default:
				return false
			}
		}
		for i := range uint64(maxReady + 1) {
			if closed() {
				t.Fatalf("closed by the answer number %d", i)
			}
			k.offer(entries(6+i, 6+i))
			<-f.asked
			k.join(raftsAppend(p, 6+i, 6+i))
			f.answer <- true
			synctest.Wait()
		}
		if !closed() {
			t.Fatal("there is no room, and it is not closed")
		}
		k.offer(entries(7+maxReady, 7+maxReady))
		<-f.asked
		f.answer <- true
		cancel()
		running.Wait()
		if _, err := p.AppendEntries(&raft.AppendEntriesRequest{Term: 1}, nil); !errors.Is(err, raft.ErrPipelineShutdown) {
			t.Errorf("closed: %v", err)
		}
	})
}
