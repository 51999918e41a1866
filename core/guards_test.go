package core

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// judge is a sdk.Engine of one module, and its validator: a function.
type judge func(w sdk.Write) error

func (j judge) Load(context.Context, sdk.Module) (sdk.Validator, error) { return j, nil }
func (j judge) Name() string                                            { return "judge" }
func (j judge) Validate(_ context.Context, w sdk.Write) error           { return j(w) }

// enforce puts a rule over the path into force that reads so much.
func (c *client) enforce(path, reads string) {
	c.t.Helper()
	c.install("judge", "judge", path)
	rule := string(c.must(get(admit.RulesRoot + "/judge")).Result.Data)
	c.must(set(admit.RulesRoot+"/judge", strings.Replace(rule, `"paths"`, fmt.Sprintf(`"reads":%q,"paths"`, reads), 1)))
}

// growing lets numbers only grow.
func growing(w sdk.Write) error {
	if op := &w.Ops[0]; op.Old.Present && atoi(op.Data) <= atoi(op.Old.Data) {
		return &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "must grow"}
	}
	return nil
}

func atoi(data []byte) int {
	n, err := strconv.Atoi(string(data))
	if err != nil {
		panic(err) // the test writes numbers
	}
	return n
}

// One session sends growing numbers without waiting, and each is judged by the one before it. Then many sessions write
// at random, and still the number only grows.
func TestOldIsWhatTheWriteMeets(t *testing.T) {
	c := openCluster(t, judge(growing))
	first := openClient(t, c.nodes[1], sdk.Login{})
	first.must(create("/n", "0"))
	first.enforce("/n", "old")
	for i := range 50 {
		op := set("/n", strconv.Itoa(i+1))
		if err := first.Submit(within(t), uint64(i), &op); err != nil {
			t.Fatal(err)
		}
	}
	for dst, due := make([]sdk.Message, 64), 50; due > 0; {
		n, err := first.Next(within(t), dst)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range dst[:n] {
			if due--; m.Code != sdk.OK {
				t.Errorf("write %d: %v", m.Cookie, m.Code)
			}
		}
	}
	done := make(chan error)
	for i, node := range c.nodes {
		writer, random := openClient(t, node, sdk.Login{}), rand.New(rand.NewPCG(uint64(i), 2))
		go func() {
			done <- scramble(writer, 100, func() sdk.Op { return set("/n", strconv.Itoa(random.IntN(1000))) }, new(atomic.Int64))
		}()
	}
	for range c.nodes {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	first.must(create("/end", ""))
	c.agree()
	last := -1
	c.replay(func(change sdk.Change) {
		if change.Path == "/n" {
			if n := atoi(change.Data); n <= last {
				t.Errorf("%d after %d", n, last)
			} else {
				last = n
			}
		}
	}, func(int64) {})
	if last < 50 {
		t.Errorf("the last number is %d", last)
	}
}

// references lets a node below /routes only name an existing node below /services.
func references(w sdk.Write) error {
	op := &w.Ops[0]
	parent, _ := sdk.SplitPath(op.Path)
	no := &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "dangling"}
	switch {
	case parent == "/routes" && op.Kind != sdk.OpDelete && !w.Tree.Get("/services/"+string(op.Data)).Present:
		return no
	case parent == "/services" && op.Kind == sdk.OpDelete:
		for _, route := range w.Tree.Children("/routes") {
			if "/services/"+string(w.Tree.Get("/routes/"+route).Data) == op.Path {
				return no
			}
		}
	}
	return nil
}

// Sessions on all nodes make and delete services and routes as they like, a few names between them. After every
// transaction, as the feed tells them, each route names a service that is there.
func TestReferencesHoldAtEveryZxid(t *testing.T) {
	c := openCluster(t, judge(references))
	first := openClient(t, c.nodes[0], sdk.Login{})
	first.must(create("/services", ""))
	first.must(create("/routes", ""))
	first.enforce("/*/*", "tree")
	done := make(chan error)
	var applied atomic.Int64
	for i := range 6 {
		writer := openClient(t, c.nodes[i%3], sdk.Login{})
		writer.must(sdk.Op{Kind: sdk.OpSync, Path: "/"})
		random := rand.New(rand.NewPCG(uint64(i), 1))
		go func() { done <- scramble(writer, 150, func() sdk.Op { return anyReference(random) }, &applied) }()
	}
	for range 6 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if applied.Load() < 50 {
		t.Errorf("only %d writes went through", applied.Load())
	}
	first.must(create("/end", ""))
	c.agree()
	services, routes := map[string]bool{}, map[string]string{}
	c.replay(func(change sdk.Change) { follow(services, routes, change) }, func(zxid int64) {
		for route, service := range routes {
			if !services[service] {
				t.Fatalf("zxid %#x: %s names %q, which is not there", zxid, route, service)
			}
		}
	})
}

// scramble makes so many writes and counts what went through.
func scramble(c *client, writes int, next func() sdk.Op, applied *atomic.Int64) error {
	for range writes {
		m, err := c.try(next())
		if err != nil {
			return err
		}
		if m.Code == sdk.OK {
			applied.Add(1)
		}
	}
	return nil
}

func anyReference(random *rand.Rand) sdk.Op {
	service, route := fmt.Sprintf("s%d", random.IntN(3)), fmt.Sprintf("/routes/r%d", random.IntN(3))
	ops := []sdk.Op{
		create("/services/"+service, ""), {Kind: sdk.OpDelete, Path: "/services/" + service, Version: sdk.AnyVersion},
		create(route, service), set(route, service), {Kind: sdk.OpDelete, Path: route, Version: sdk.AnyVersion},
	}
	return ops[random.IntN(len(ops))]
}

// replay goes through the feed of the third node, each change and the end of each transaction, until /end is made.
func (c *cluster) replay(change func(sdk.Change), done func(zxid int64)) {
	c.t.Helper()
	feed, err := c.nodes[2].Follow(within(c.t), sdk.Following{})
	if err != nil {
		c.t.Fatal(err)
	}
	for dst := make([]sdk.Transaction, 100); ; {
		n, err := feed.Next(within(c.t), dst)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, txn := range dst[:n] {
			for _, each := range txn.Changes {
				if each.Path == "/end" {
					return
				}
				change(each)
			}
			done(txn.Zxid)
		}
	}
}

// follow keeps what is there up to date.
func follow(services map[string]bool, routes map[string]string, change sdk.Change) {
	parent, name := sdk.SplitPath(change.Path)
	gone := change.Kind == sdk.Deleted
	switch {
	case parent == "/services" && gone:
		delete(services, name)
	case parent == "/services":
		services[name] = true
	case parent == "/routes" && gone:
		delete(routes, name)
	case parent == "/routes":
		routes[name] = string(change.Data)
	}
}
