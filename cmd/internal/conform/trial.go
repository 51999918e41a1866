package conform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/plugin"
)

// trial is one program under trial.
type trial struct {
	subject Subject
	node    *core.Node
	witness *witness
	said    *said
	run     *run // the process that runs now, nil for none
	where   string
}

func newTrial(subject Subject, node *core.Node) *trial {
	return &trial{subject: subject, node: node, witness: newWitness(node), said: &said{}}
}

// run is one run of the program.
type run struct {
	client *plugin.Client
	cancel context.CancelFunc
	ended  chan struct{} // closed when Serve has returned
	err    error         // of Serve, once ended is closed
}

// start starts the program with settings. It is not ready yet.
func (t *trial) start(ctx context.Context, settings []byte) *run {
	ctx, cancel := context.WithCancel(ctx)
	r := &run{cancel: cancel, ended: make(chan struct{}), client: plugin.New(plugin.Command{
		Name: "conform", Path: t.subject.Path, Args: t.subject.Args, Settings: settings, Log: slog.New(t.said),
	})}
	go func() { // ended by stop, or by the program
		defer close(r.ended)
		r.err = r.client.Serve(ctx, t.witness)
	}()
	return r
}

// stop ends what runs, and waits for it.
func (t *trial) stop() {
	if t.run != nil {
		t.run.cancel()
		<-t.run.ended
		t.run = nil
	}
}

// over reports whether the run has ended, and why.
func (r *run) over() (error, bool) {
	select {
	case <-r.ended:
		if r.err == nil {
			return errors.New("ended by itself"), true
		}
		return r.err, true
	default:
		return nil, false
	}
}

// begin starts the program, as a server does, and waits until it serves.
func (t *trial) begin(ctx context.Context) error {
	t.run = t.start(ctx, t.subject.Settings)
	return t.untilReady(ctx)
}

func (t *trial) untilReady(ctx context.Context) error {
	var why error
	err := until(ctx, patience, func() bool {
		if _, over := t.run.over(); over {
			return true
		}
		t.where, why = t.run.client.Ready()
		return why == nil
	})
	if ended, over := t.run.over(); over {
		return ended
	}
	if err != nil {
		return fmt.Errorf("does not serve within %v: %w", patience, why)
	}
	return nil
}

// again has the program serve: it may go on, or it may have ended with an error as one that wants to be restarted.
func (t *trial) again(ctx context.Context) error {
	if _, over := t.run.over(); over {
		t.stop()
		return t.begin(ctx)
	}
	return t.untilReady(ctx)
}

// change writes so many changes of so many bytes, and returns the zxid of the last.
func (t *trial) change(ctx context.Context, times, size int) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	session, err := t.node.Open(ctx, sdk.Login{Timeout: patience})
	if err != nil {
		return 0, err
	}
	defer session.Close()
	ops := []sdk.Op{{Kind: sdk.OpCreate, Path: "/conform", ACL: sdk.OpenACL()}}
	for i := range times {
		data := make([]byte, size)
		copy(data, fmt.Sprint(i))
		ops = append(ops, sdk.Op{Kind: sdk.OpSetData, Path: "/conform", Data: data, Version: sdk.AnyVersion})
	}
	return t.submitAll(ctx, session, ops)
}

func (t *trial) submitAll(ctx context.Context, session sdk.Session, ops []sdk.Op) (last int64, err error) {
	sent := make(chan error, 1)
	go func() { // ended by ctx at the latest
		for i := range ops {
			if err := session.Submit(ctx, uint64(i), &ops[i]); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	got := make([]sdk.Message, 64)
	for answered := 0; answered < len(ops); {
		n, err := session.Next(ctx, got)
		for _, m := range got[:n] {
			if m.Code != sdk.OK && m.Code != sdk.CodeNodeExists {
				return 0, fmt.Errorf("core: write: %w", m.Code)
			}
			last = m.Zxid
		}
		answered += n
		if err != nil {
			return 0, fmt.Errorf("core: %w", err)
		}
	}
	return last, <-sent
}

// takes waits until the program was given everything up to zxid.
func (t *trial) takes(ctx context.Context, zxid int64) error {
	err := until(ctx, patience, func() bool { _, over := t.run.over(); return over || t.witness.last() >= zxid })
	if ended, over := t.run.over(); over {
		return ended
	}
	if err != nil {
		return fmt.Errorf("has taken changes up to %#x, not to %#x, after %v", t.witness.last(), zxid, patience)
	}
	return nil
}

// follower is none for a program that follows nothing by itself.
func (t *trial) follower(ctx context.Context) error {
	if until(ctx, time.Second, func() bool { return t.witness.feeds() > 0 }) != nil {
		return none("it follows no feed by itself")
	}
	return nil
}
