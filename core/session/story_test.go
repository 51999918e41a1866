package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/datadriven"

	"github.com/grove-coordination/grove/core/session"
	"github.com/grove-coordination/grove/core/txn"
	"github.com/grove-coordination/grove/sdk"
)

// TestStories plays the files of testdata. A story has one session, a node that is a map from paths to data, and a
// log in which proposed writes wait until the story lets them be applied, come back, or get lost.
//
//	submit COOKIE read PATH | write PATH DATA | sync PATH | auth SCHEME CREDENTIAL | sasl ANSWER [USER] | whoami | ping | error CODE | unknown
//	rules VERSION [refuse DATA]  what writes are judged by from now on; data that is refused
//	reads PATH                from now on the verdict on writes of this path rests on the state
//	change                    something that such verdicts rest on has changed
//	contend N                 N times: a change, and the next record
//	apply N                   the next N records of the log
//	lose N                    the next N records vanish
//	event PATH                something watched has happened
//	flood N                   so many events
//	poll                      what the client gets
//	count                     how many messages it gets
//	who                       what the client has proved to be
//	end                       the session's service ends
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) {
			node := newFakeNode()
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				var out strings.Builder
				for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
					out.WriteString(node.play(t, strings.Fields(line)))
					synctest.Wait()
				}
				return out.String()
			})
		})
	})
}

// fakeNode is a session.Core whose log the story controls.
type fakeNode struct {
	served *session.Served
	data   map[string]string
	log    [][]byte
	zxid   int64
	next   uint64
	rules  int64
	refuse string
	reads  string
	state  int64
}

func newFakeNode() *fakeNode {
	n := &fakeNode{data: map[string]string{}}
	n.served = session.NewServed(n, sdk.SessionInfo{ID: 7}, 0, 1, session.DefaultWindow, nil)
	n.served.Wake()
	return n
}

func (n *fakeNode) play(t *testing.T, words []string) string {
	switch words[0] {
	case "submit":
		return n.submit(t, words[1:])
	case "rules":
		n.rules++
		n.refuse = ""
		if len(words) > 2 {
			n.refuse = words[2]
		}
	case "reads":
		n.reads = words[1]
	case "change":
		n.state++
	case "contend":
		for range number(t, words[1]) {
			n.state++
			n.apply(t)
			synctest.Wait()
		}
	case "apply":
		for range number(t, words[1]) {
			n.apply(t)
		}
	case "lose":
		n.log = n.log[number(t, words[1]):]
	case "event":
		n.served.Tell(&sdk.Event{Kind: sdk.EventDataChanged, Path: words[1], Zxid: n.zxid})
	case "poll":
		return n.poll()
	case "flood":
		for range number(t, words[1]) {
			n.served.Tell(&sdk.Event{Kind: sdk.EventDataChanged, Path: "/flood", Zxid: n.zxid})
		}
	case "count":
		return n.count()
	case "who":
		return fmt.Sprintf("%d identities, %d carried by the last record\n", len(n.served.Identities()), n.carried(t))
	case "end":
		n.served.End(sdk.ErrSessionClosed)
	default:
		t.Fatalf("no command %q", words[0])
	}
	return ""
}

func number(t *testing.T, word string) (n int) {
	if _, err := fmt.Sscan(word, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *fakeNode) submit(t *testing.T, words []string) string {
	cookie := uint64(number(t, words[0]))
	var op sdk.Op
	switch words[1] {
	case "read":
		op = sdk.Op{Kind: sdk.OpGetData, Path: words[2]}
	case "write":
		op = sdk.Op{Kind: sdk.OpSetData, Path: words[2], Data: []byte(words[3])}
	case "sync":
		op = sdk.Op{Kind: sdk.OpSync, Path: words[2]}
	case "ping":
		op = sdk.Op{Kind: sdk.OpPing}
	case "auth":
		op = sdk.Op{Kind: sdk.OpAuth, Scheme: words[2], Data: []byte(words[3])}
	case "sasl":
		op = sdk.Op{Kind: sdk.OpSASL, Data: []byte(words[2])}
		if len(words) > 3 {
			op.Who = sdk.Identity{Scheme: "sasl", ID: words[3]}
		}
	case "whoami":
		op = sdk.Op{Kind: sdk.OpWhoAmI}
	case "error":
		op = sdk.Op{Kind: sdk.OpError, Version: int32(number(t, words[2]))}
	case "unknown":
		op = sdk.Op{Kind: 999}
	}
	if err := n.served.Submit(context.Background(), cookie, &op); err != nil {
		return fmt.Sprintln("error:", err)
	}
	return ""
}

// apply does what core.Node does with a record.
func (n *fakeNode) apply(t *testing.T) {
	if len(n.log) == 0 {
		t.Fatal("the log is empty")
	}
	record, err := txn.Decode(n.log[0])
	if err != nil {
		t.Fatal(err)
	}
	n.log = n.log[1:]
	if record.Seq != n.next || record.Rules != n.rules || len(record.Guards) > 0 && record.Guards[0].Zxid != n.state {
		n.served.Returned(record.Seq)
		return
	}
	n.next++
	n.zxid++
	n.data[record.Op.Path] = string(record.Op.Data)
	n.served.Applied(record.Seq, sdk.Message{Zxid: n.zxid})
}

func (n *fakeNode) poll() string {
	var out strings.Builder
	dst := make([]sdk.Message, 2) // small, so that it takes several
	for {
		count := n.served.Poll(dst)
		if count == 0 {
			break
		}
		for _, m := range dst[:count] {
			out.WriteString(describe(m))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := n.served.Next(ctx, dst); !errors.Is(err, context.Canceled) {
		fmt.Fprintln(&out, "ended:", err)
	}
	return out.String()
}

func (n *fakeNode) count() string {
	total := 0
	for dst := make([]sdk.Message, 1000); ; {
		count, err := n.served.Next(context.Background(), dst)
		if err != nil {
			return fmt.Sprintf("%d messages, then: %v\n", total, err)
		}
		total += count
	}
}

func (n *fakeNode) carried(t *testing.T) int {
	record, err := txn.Decode(n.log[len(n.log)-1])
	if err != nil {
		t.Fatal(err)
	}
	return len(record.Identities)
}

func describe(m sdk.Message) string {
	switch {
	case m.Event != nil:
		return fmt.Sprintf("event %v %s\n", m.Event.Kind, m.Event.Path)
	case m.Code != sdk.OK:
		return fmt.Sprintf("%d: %v\n", m.Cookie, m.Code)
	}
	if m.Kind == sdk.OpWhoAmI {
		return fmt.Sprintf("%d: %v\n", m.Cookie, m.Result.Who)
	}
	return strings.TrimSpace(fmt.Sprintf("%d: ok zxid=%d %s", m.Cookie, m.Zxid, m.Result.Data)) + "\n"
}

func (n *fakeNode) RLock()                {}
func (n *fakeNode) RUnlock()              {}
func (n *fakeNode) Zxid() int64           { return n.zxid }
func (n *fakeNode) Leave(*session.Served) {}

func (n *fakeNode) Weigh(op *sdk.Op) (data, names int) { return len(n.data[op.Path]), 0 }

func (n *fakeNode) Propose(record []byte) (room <-chan struct{}, err error) {
	n.log = append(n.log, record)
	return nil, nil
}

func (n *fakeNode) CatchUp(context.Context, *session.Served, []sdk.Identity, *sdk.Watches) func(func(*sdk.Event)) {
	return func(func(*sdk.Event)) {}
}

func (n *fakeNode) Go(f func()) { go f() }

func (n *fakeNode) Prepare([]sdk.Identity, *sdk.Op) {}

func (n *fakeNode) Super(identity sdk.Identity) bool {
	return identity.Scheme == "sasl" && identity.ID == "root"
}

func (n *fakeNode) Watch(*session.Served, *sdk.Op) sdk.Code { return sdk.CodeNoWatcher }

func (n *fakeNode) Unsettled(op *sdk.Op) bool { return op.Path == n.reads }

func (n *fakeNode) Judge(_ context.Context, _ int64, _ []sdk.Identity, op *sdk.Op) session.Verdict {
	verdict := session.Verdict{Rules: n.rules}
	if op.Path == n.reads {
		verdict.Guards = []txn.Guard{{Kind: txn.GuardNode, Path: op.Path, Zxid: n.state}}
	}
	if n.refuse != "" && string(op.Data) == n.refuse {
		verdict.Refusal = &sdk.Rejection{Code: sdk.CodeBadArguments}
	}
	return verdict
}

func (n *fakeNode) Read(_ *session.Served, _ []sdk.Identity, op *sdk.Op) (sdk.Result, sdk.Code) {
	data, ok := n.data[op.Path]
	if !ok {
		return sdk.Result{}, sdk.CodeNoNode
	}
	return sdk.Result{Data: []byte(data)}, sdk.OK
}
