package coretest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grove-coordination/grove/core"
	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
)

// words is an engine whose modules are words: "references" lets /routes/* only name what is below /services, and any
// other word is one that data must begin with.
type words struct{}

func (words) Load(_ context.Context, m sdk.Module) (sdk.Validator, error) {
	return word{m.Name, string(m.Code)}, nil
}

type word struct{ name, code string }

func (w word) Name() string { return w.name }

func (w word) Validate(_ context.Context, write sdk.Write) error {
	for i := range write.Ops {
		op := &write.Ops[i]
		if w.code == "references" && !refers(op, write.Tree) || w.code != "references" && !strings.HasPrefix(string(op.Data), w.code) {
			return &sdk.Rejection{Op: i, Code: sdk.CodeBadArguments, Reason: "no"}
		}
	}
	return nil
}

// refers reports whether an operation leaves every route with a service.
func refers(op *sdk.WriteOp, tree sdk.Tree) bool {
	parent, name := sdk.SplitPath(op.Path)
	switch {
	case parent == "/routes" && op.Kind != sdk.OpDelete:
		return tree.Get("/services/" + string(op.Data)).Present
	case parent == "/services" && op.Kind == sdk.OpDelete:
		for _, route := range tree.Children("/routes") {
			if string(tree.Get("/routes/"+route).Data) == name {
				return false
			}
		}
	}
	return true
}

// judging has nodes run validators.
func judging(cfg *core.Config) { cfg.Engine = words{} }

// leader is the node that leads, or any.
func (c *Cluster) leader(ctx context.Context) int {
	for i := range c.Size() {
		if s, err := c.Node(i).Status(ctx); err == nil && s.Role == sdk.RoleLeader {
			return i
		}
	}
	return 0
}

// killLeaders takes the leader away again and again: stopped, or cut off from the others.
func (c *Cluster) killLeaders(ctx context.Context, r *rand.Rand, times int) {
	for round := range times {
		time.Sleep(time.Duration(r.Int64N(int64(700 * time.Millisecond))))
		i := c.leader(ctx)
		if round%2 == 0 {
			c.Stop(i)
			time.Sleep(time.Duration(r.Int64N(int64(2 * time.Second))))
			c.Start(i)
			continue
		}
		for j := range c.Size() {
			if j != i {
				c.Cut(c.Name(i), c.Name(j))
			}
		}
		time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
		c.Heal()
	}
	time.Sleep(time.Second)
}

// rule is the node of one; mode as in admit.
func rule(code, paths, mode string, reads admit.Reads) []byte {
	sum := sha256.Sum256([]byte(code))
	return fmt.Appendf(nil, `{"module":%q,"paths":[%s],"mode":%q,"reads":%q}`, hex.EncodeToString(sum[:]), paths, mode, reads)
}

func stage(code string) []sdk.Op {
	sum := sha256.Sum256([]byte(code))
	path := admit.ModuleRoot + "/" + hex.EncodeToString(sum[:])
	manifest, chunk := create(path), create(path+"/0")
	manifest.Data, chunk.Data = fmt.Appendf(nil, `{"size":%d,"chunks":1}`, len(code)), []byte(code)
	return []sdk.Op{manifest, chunk}
}

const (
	routes = `"/routes/*","/services/*"`
	data   = `"/data/*"`
)

// furnish makes modules, rules and what there is to write.
func furnish(ctx context.Context, c *Cluster, mode string) error {
	var ops []sdk.Op
	for _, path := range []string{admit.Root, admit.ModuleRoot, admit.RulesRoot, "/routes", "/services", "/data"} {
		ops = append(ops, create(path))
	}
	for _, code := range []string{"A", "B", "references"} {
		ops = append(ops, stage(code)...)
	}
	first, second := create(admit.RulesRoot+"/word"), create(admit.RulesRoot+"/routes")
	first.Data, second.Data = rule("A", data, mode, admit.ReadsNone), rule("references", routes, mode, admit.ReadsTree)
	s, err := c.Node(0).Open(ctx, sdk.Login{})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, m := range exchange(ctx, s, append(ops, first, second)) {
		if m.Code != sdk.OK {
			return m.Code
		}
	}
	return nil
}

// operator changes the rule on /data and knows from which zxid on which word was in force.
type operator struct {
	Client
	mode  string
	zxids []int64
	words []string
}

// upgrade goes to another module, and back. Where the answer was lost, the node itself tells what has become of it.
func (o *operator) upgrade(ctx context.Context) {
	for round := 0; ctx.Err() == nil; round++ {
		if o.session == nil && !o.connect(ctx) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		op := set(admit.RulesRoot+"/word", "")
		op.Data = rule([]string{"B", "A"}[round%2], data, o.mode, admit.ReadsNone)
		o.ask(ctx, op)
		time.Sleep(time.Duration(o.rand.Int64N(int64(50 * time.Millisecond))))
		o.look(ctx)
	}
	o.hangUp()
}

// look notes which word is in force since when: nobody else changes it, and nothing of this session is on its way.
func (o *operator) look(ctx context.Context) {
	for ctx.Err() == nil {
		if o.session == nil && !o.connect(ctx) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		path := admit.RulesRoot + "/word"
		got := o.ask(ctx, sdk.Op{Kind: sdk.OpSync, Path: path}, sdk.Op{Kind: sdk.OpGetData, Path: path})
		if len(got) < 2 || got[0].Code != sdk.OK || got[1].Code != sdk.OK {
			continue
		}
		for _, w := range []string{"A", "B"} {
			if string(got[1].Result.Data) == string(rule(w, data, o.mode, admit.ReadsNone)) {
				o.note(got[1].Result.Stat.Mzxid, w)
			}
		}
		return
	}
}

func (o *operator) note(zxid int64, word string) {
	if n := len(o.zxids); n == 0 || o.zxids[n-1] < zxid {
		o.zxids, o.words = append(o.zxids, zxid), append(o.words, word)
	}
}

// scribble writes at random, good and bad, several at a time.
func (c *Client) scribble(ctx context.Context) {
	for ctx.Err() == nil {
		if c.session == nil && !c.connect(ctx) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		var ops []sdk.Op
		for range 1 + c.rand.IntN(5) {
			ops = append(ops, c.scribbling())
		}
		c.ask(ctx, ops...)
		time.Sleep(time.Duration(c.rand.Int64N(int64(10 * time.Millisecond))))
	}
	c.hangUp()
}

func (c *Client) scribbling() sdk.Op {
	n := c.rand.IntN(4)
	route, service, node := fmt.Sprint("/routes/", n), fmt.Sprint("/services/", n), fmt.Sprint("/data/", n)
	value := fmt.Sprint(c.rand.IntN(4))
	switch c.rand.IntN(9) {
	case 0:
		op := create(route)
		op.Data = []byte(value)
		return op
	case 1, 2:
		return set(route, value)
	case 3:
		return sdk.Op{Kind: sdk.OpDelete, Path: route, Version: sdk.AnyVersion}
	case 4:
		return create(service)
	case 5:
		return sdk.Op{Kind: sdk.OpDelete, Path: service, Version: sdk.AnyVersion}
	case 6:
		op := create(node)
		op.Data = []byte([]string{"A", "B"}[c.rand.IntN(2)])
		return op
	}
	return set(node, []string{"A", "B"}[c.rand.IntN(2)]+value)
}

// inForce checks that every value below /data begins with the word that was in force when it was written.
func (o *operator) inForce(committed []sdk.Transaction) error {
	for _, t := range committed {
		word := ""
		for i, since := range o.zxids {
			if since < t.Zxid {
				word = o.words[i]
			}
		}
		for _, change := range t.Changes {
			if strings.HasPrefix(change.Path, "/data/") && !strings.HasPrefix(string(change.Data), word) {
				return fmt.Errorf("zxid %#x: %s is %q, and must begin with %s", t.Zxid, change.Path, change.Data, word)
			}
		}
	}
	return nil
}

// refer checks that at every zxid every route names a service that is there.
func refer(committed []sdk.Transaction) error {
	there := make(map[string]string)
	for _, t := range committed {
		for _, change := range t.Changes {
			if there[change.Path] = string(change.Data); change.Kind == sdk.Deleted {
				delete(there, change.Path)
			}
		}
		for path, name := range there {
			if _, ok := there["/services/"+name]; strings.HasPrefix(path, "/routes/") && !ok {
				return fmt.Errorf("zxid %#x: %s names %s, which is not there", t.Zxid, path, name)
			}
		}
	}
	return nil
}

// judged lets writers and an operator work while leaders go, and gives what they found and what each node then has.
func judged(t *testing.T, seed uint64, mode string, kills int) (o *operator, committed [][]sdk.Transaction) {
	synctest.Test(t, func(t *testing.T) {
		c := Open(t, seed, 3, judging)
		defer c.Close()
		ctx := t.Context()
		must(t, c.Serve(ctx), furnish(ctx, c, mode))
		client := func(id int) Client {
			return Client{ID: id, Cluster: c, History: new(History), rand: rand.New(rand.NewPCG(seed, uint64(id)+2))}
		}
		o = &operator{Client: client(0), mode: mode}
		o.look(ctx)
		working, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() { o.upgrade(working) })
		for id := range clients {
			writer := client(id + 1)
			running.Go(func() { writer.scribble(working) })
		}
		c.killLeaders(ctx, rand.New(rand.NewPCG(seed, 0)), kills)
		stop()
		running.Wait()
		must(t, c.Serve(ctx))
		o.look(ctx)
		o.hangUp()
		for i := range c.Size() {
			all, err := drain(ctx, c, i)
			must(t, err)
			committed = append(committed, all)
		}
	})
	return o, committed
}

// While rules are upgraded and rolled back and leaders go, nothing is applied, on any node, that the rule in force would
// have refused, and what a rule keeps true of several nodes together is true at every zxid.
func TestRulesHold(t *testing.T) {
	for seed := *first; seed < *first+(*seeds+9)/10; seed++ { // one takes as long as ten of the others
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o, committed := judged(t, seed, "enforce", 2*faults)
			for i, all := range committed {
				if err := cmp.Or(o.inForce(all), refer(all)); err != nil {
					t.Errorf("n%d: %v", i+1, err)
				}
				if !reflect.DeepEqual(all[:len(committed[0])], committed[0]) {
					t.Errorf("n1 and n%d differ", i+1)
				}
			}
			t.Logf("seed %d: %d changes of the rule, %d transactions", seed, len(o.zxids), len(committed[0]))
			if len(o.zxids) < 20 || len(committed[0]) < 500 {
				t.Error("that is no test")
			}
		})
	}
}

// Rules that only record let through what the checks must see.
func TestBrokenRulesAreSeen(t *testing.T) {
	o, committed := judged(t, 1, "audit", 1)
	if o.inForce(committed[0]) == nil {
		t.Error("data of a word that was not in force is not seen")
	}
	if refer(committed[0]) == nil {
		t.Error("a route without a service is not seen")
	}
}
