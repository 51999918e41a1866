package fuel_test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/wasm/fuel"
	"github.com/grove-coordination/grove/wasm/wasmtest"
)

// limits are those of the tests: memory of 16 MiB.
var limits = fuel.Limits{Start: 1_000_000, Pages: 256}

var features = api.CoreFeaturesV2.SetEnabled(api.CoreFeatureSIMD, false)

var engines = map[string]wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features),
	"interpreter": wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features),
}

// program is an instantiated module.
type program struct {
	api.Module
	metered bool
	started chan struct{} // closed when the guest calls host.next with the number started
}

const started = 7777

func start(t testing.TB, config wazero.RuntimeConfig, module []byte) program {
	t.Helper()
	runtime := wazero.NewRuntimeWithConfig(t.Context(), config)
	t.Cleanup(func() { runtime.Close(context.Background()) })
	called := make(chan struct{})
	_, err := runtime.NewHostModuleBuilder("host").NewFunctionBuilder().
		WithFunc(func(n uint32) uint32 {
			if n == started {
				close(called)
			}
			return n + 1
		}).Export("next").Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	instance, err := runtime.Instantiate(t.Context(), module)
	if err != nil {
		t.Fatal(err)
	}
	return program{Module: instance, started: called}
}

func startMetered(t testing.TB, config wazero.RuntimeConfig, module []byte) program {
	t.Helper()
	metered, err := fuel.Rewrite(module, limits)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, config, metered)
	p.metered = true
	return p
}

func (p program) global(name string) api.MutableGlobal {
	return p.ExportedGlobal(name).(api.MutableGlobal)
}

// run calls the exported function run and tells what it used of the budget.
func (p program) run(t testing.TB, budget int64, n int32) (result int32, used int64, err error) {
	t.Helper()
	if p.metered {
		p.fill(budget)
	}
	results, err := p.ExportedFunction("run").Call(t.Context(), api.EncodeI32(n))
	if p.metered {
		used = budget - p.left()
	}
	if err != nil {
		return 0, used, err
	}
	return api.DecodeI32(results[0]), used, nil
}

func (p program) fill(budget int64) {
	first := min(budget, fuel.Slice)
	p.global(fuel.Current).Set(uint64(first))
	p.global(fuel.Reserve).Set(uint64(budget - first))
}

func (p program) left() int64 {
	return int64(p.global(fuel.Current).Get()) + int64(p.global(fuel.Reserve).Get())
}

// exhausted reports whether the fuel, not something else, ended the last call.
func (p program) exhausted() bool { return int64(p.global(fuel.Reserve).Get()) < 0 }

// hostNext imports the one function that start offers.
func hostNext() []wasmtest.Import {
	return []wasmtest.Import{{Module: "host", Name: "next", Sig: "i:i"}}
}

func exported(name string, kind byte, index uint32) []wasmtest.Export {
	return []wasmtest.Export{{Name: name, Kind: kind, Index: index}}
}
