package core

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// referenceEngine is a sdk.Engine whose one module lets a node below /routes only name an existing node below /services.
type referenceEngine struct{}

func (referenceEngine) Load(context.Context, sdk.Module) (sdk.Validator, error) {
	return references{}, nil
}

type references struct{}

func (references) Name() string { return "references" }

func (references) Validate(_ context.Context, w sdk.Write) error {
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
	c := openCluster(t, referenceEngine{})
	first := openClient(t, c.nodes[0], sdk.Login{})
	first.must(create("/services", ""))
	first.must(create("/routes", ""))
	first.install("references", "references", "/services/*")
	rule := string(first.must(sdk.Op{Kind: sdk.OpGetData, Path: admit.RulesRoot + "/references"}).Result.Data)
	rule = strings.Replace(rule, `"paths":["/services/*"]`, `"paths":["/services/*","/routes/*"],"reads":"tree"`, 1)
	first.must(set(admit.RulesRoot+"/references", rule))
	done := make(chan error)
	var applied atomic.Int64
	for i := range 6 {
		writer := openClient(t, c.nodes[i%3], sdk.Login{})
		writer.must(sdk.Op{Kind: sdk.OpSync, Path: "/"})
		go func() { done <- scramble(writer, rand.New(rand.NewPCG(uint64(i), 1)), 150, &applied) }()
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
	feed, err := c.nodes[2].Follow(within(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	checkReferences(t, feed)
}

// scramble writes at random and counts what went through.
func scramble(c *client, random *rand.Rand, writes int, applied *atomic.Int64) error {
	for range writes {
		service, route := fmt.Sprintf("s%d", random.IntN(3)), fmt.Sprintf("/routes/r%d", random.IntN(3))
		ops := []sdk.Op{
			create("/services/"+service, ""), {Kind: sdk.OpDelete, Path: "/services/" + service, Version: sdk.AnyVersion},
			create(route, service), set(route, service), {Kind: sdk.OpDelete, Path: route, Version: sdk.AnyVersion},
		}
		m, err := c.try(ops[random.IntN(len(ops))])
		if err != nil {
			return err
		}
		if m.Code == sdk.OK {
			applied.Add(1)
		}
	}
	return nil
}

func checkReferences(t *testing.T, feed sdk.Feed) {
	t.Helper()
	services, routes := map[string]bool{}, map[string]string{}
	for dst, end := make([]sdk.Transaction, 100), false; !end; {
		n, err := feed.Next(within(t), dst)
		if err != nil {
			t.Fatal(err)
		}
		for _, txn := range dst[:n] {
			for _, change := range txn.Changes {
				end = end || change.Path == "/end"
				follow(services, routes, change)
			}
			for route, service := range routes {
				if !services[service] {
					t.Fatalf("zxid %#x: %s names %q, which is not there", txn.Zxid, route, service)
				}
			}
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
