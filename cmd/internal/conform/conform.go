package conform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/grove-coordination/grove/core"
)

// Subject is the program to check.
type Subject struct {
	Path     string // of the executable, looked up in PATH if it has no slash
	Args     []string
	Settings []byte // a JSON object, nil for none
	// Client is a command that plays a client and fails when it does not get what it should; nil for none. It finds the
	// address that the frontend says it serves at in the environment variable GROVE_WHERE, and its host and port in
	// GROVE_ADDRESS. It must work again and again, and beside others of its kind.
	Client []string
}

// The outcomes of a check.
const (
	OK     = "ok"
	Failed = "FAILED"
	None   = "-" // nothing to judge by
)

// Result is what came of one check.
type Result struct {
	Check   string        `json:"check"`
	Outcome string        `json:"outcome"`
	Reason  string        `json:"reason,omitempty"` // of all outcomes but OK
	Took    time.Duration `json:"took_ns"`
}

// none is the reason why there is nothing to judge by.
type none string

func (n none) Error() string { return string(n) }

// checks are done in this order. One that is needed is followed by no other when it fails.
var checks = []struct {
	name   string
	needed bool
	do     func(context.Context, *trial) error
}{
	{"by hand", false, byHand},
	{"handshake", true, handshake},
	{"ready", true, ready},
	{"life cycle", false, lifeCycle},
	{"order", false, order},
	{"back-pressure", false, pressure},
	{"resume", false, resume},
	{"compaction", false, compaction},
	{"leader change", false, leaderChange},
	{"crash", true, crash},
	{"drain", false, drain},
	{"noise", false, noise},
	{"settings", false, settings},
}

// Run does all checks and tells each result when it is there. It reports whether none has failed; the error says why
// the checks themselves could not be done.
func Run(ctx context.Context, subject Subject, tell func(Result)) (bool, error) {
	node, dir, err := openCore(ctx)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	defer node.Close()
	t := newTrial(subject, node)
	defer t.stop()
	good, missing := true, ""
	for _, check := range checks {
		result := Result{Check: check.name, Outcome: None, Reason: missing}
		if missing == "" {
			result = judge(ctx, t, check.name, check.do)
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if result.Outcome == Failed {
			good = false
			if check.needed {
				missing = check.name + " has failed"
			}
		}
		tell(result)
	}
	return good, nil
}

func judge(ctx context.Context, t *trial, name string, do func(context.Context, *trial) error) Result {
	began := time.Now()
	err := do(ctx, t)
	result := Result{Check: name, Outcome: OK, Took: time.Since(began)}
	if err == nil {
		return result
	}
	result.Outcome, result.Reason = Failed, err.Error()
	if _, ok := errors.AsType[none](err); ok {
		result.Outcome = None
	}
	return result
}

// openCore opens a core of its own in a temporary folder, and waits until it serves.
func openCore(ctx context.Context) (node *core.Node, dir string, err error) {
	dir, err = os.MkdirTemp("", "grove-conform-")
	if err != nil {
		return nil, "", err
	}
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		node, err = core.Open(core.Config{ID: "n1", Dir: dir, PeerListener: peer})
	}
	if err == nil {
		err = until(ctx, patience, func() bool { status, err := node.Status(ctx); return err == nil && status.Serving })
	}
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("core: %w", err), os.RemoveAll(dir))
	}
	return node, dir, nil
}

// patience is how long a program may take for what it should do soon. Tests have less of it.
var patience = 15 * time.Second

var errPatience = errors.New("not in time")

// until asks again and again, until the answer is yes.
func until(ctx context.Context, most time.Duration, yes func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(most); !yes(); {
		select {
		case <-tick.C:
		case <-deadline:
			return errPatience
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
