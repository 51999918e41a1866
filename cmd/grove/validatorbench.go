package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"

	"github.com/grove-coordination/grove/core/admit"
	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/wasm"
)

// bench is a door as a server has one, with one module, beside a tree that a case sets up.
type bench struct {
	engine *wasm.Engine
	door   *admit.Door
	module module
	nodes  map[string]sdk.Node
}

var _ admit.Nodes = (*bench)(nil)

// openBench puts the module of a file into force under the rule of the cases. The error says why a server would
// refuse it.
func openBench(ctx context.Context, file string, c *cases) (*bench, error) {
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.DiscardHandler)
	engine, err := wasm.New(wasm.Config{Logger: logger})
	if err != nil {
		return nil, err
	}
	b := &bench{engine: engine, module: newModule(code)}
	b.door = admit.New(admit.Config{Engine: engine, Nodes: b, Logger: logger})
	if err := b.install(ctx, c); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bench) install(ctx context.Context, c *cases) error {
	rule, err := c.rule(b.module.digest)
	if err != nil {
		return err
	}
	b.setUp(nil)
	op := &sdk.Op{Kind: sdk.OpCreate, Path: sdk.JoinPath(rulesRoot, "test"), Data: rule}
	if verdict := b.door.Judge(ctx, 0, nil, op); verdict.Refusal != nil {
		return errors.New(verdict.Refusal.Reason)
	}
	b.door.Update(1, map[string][]byte{"test": rule})
	return nil
}

// setUp makes the tree what the lists say, besides the module.
func (b *bench) setUp(lists ...map[string]string) {
	b.nodes = map[string]sdk.Node{
		"/":                                   {Present: true},
		b.module.path():                       {Present: true, Data: fmt.Appendf(nil, `{"size":%d,"chunks":1}`, len(b.module.code))},
		sdk.JoinPath(b.module.path(), "0000"): {Present: true, Data: b.module.code},
	}
	for _, list := range lists {
		for path, data := range list {
			b.nodes[path] = sdk.Node{Present: true, Data: []byte(data), Stat: sdk.Stat{DataLength: int32(len(data))}}
		}
	}
}

// judge has the module judge a write as a server would. The error is for a module that has failed itself.
func (b *bench) judge(ctx context.Context, who []sdk.Identity, op *sdk.Op) (*sdk.Rejection, error) {
	before := b.door.Rules()[0].Failed
	verdict := b.door.Judge(ctx, 1, who, op)
	if status := b.door.Rules()[0]; status.Failed > before {
		return nil, errors.New(status.LastFault)
	}
	return verdict.Refusal, nil
}

func (b *bench) close() error {
	b.door.Close()
	return b.engine.Close()
}

// Get implements admit.Nodes.
func (b *bench) Get(path string) sdk.Node { return b.nodes[path] }

// Children implements admit.Nodes.
func (b *bench) Children(path string) ([]string, int64) {
	if !b.nodes[path].Present {
		return nil, 0
	}
	names := []string{}
	for _, node := range slices.Sorted(maps.Keys(b.nodes)) {
		if parent, name := sdk.SplitPath(node); parent == path && node != "/" {
			names = append(names, name)
		}
	}
	return names, 0
}

// Allowed implements admit.Nodes.
func (b *bench) Allowed([]sdk.Identity, *sdk.Op) sdk.Code { return sdk.OK }
