package fuel_test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/grove-coordination/grove/wasm/fuel"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// FuzzRewrite looks for modules that Rewrite spoils or lets through: what an engine takes before must be taken
// after, or refused; what is made of it must come to an end on little fuel.
func FuzzRewrite(f *testing.F) {
	for _, program := range programs {
		f.Add(program.module.Encode())
	}
	for _, bomb := range Bombs {
		f.Add(Bomb(bomb.Code).Encode())
	}
	f.Add(Guest(I64(0)).Encode())
	runtime := wazero.NewRuntimeWithConfig(context.Background(), engines["interpreter"].WithMemoryLimitPages(16))
	f.Cleanup(func() { runtime.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, module []byte) {
		metered, err := fuel.Rewrite(module, fuel.Limits{Start: 10_000, Pages: 16})
		if err != nil {
			return
		}
		rewritten, rewrittenErr := runtime.CompileModule(t.Context(), metered)
		if rewrittenErr == nil {
			runToTheEnd(t, runtime, rewritten)
			return
		}
		original, err := runtime.CompileModule(t.Context(), module)
		if err == nil {
			original.Close(t.Context())
			t.Fatalf("compiles, but not after rewriting: %v", rewrittenErr)
		}
	})
}

// runToTheEnd hangs when something in the module escapes its fuel.
func runToTheEnd(t *testing.T, runtime wazero.Runtime, compiled wazero.CompiledModule) {
	defer compiled.Close(t.Context())
	instance, err := runtime.InstantiateModule(t.Context(), compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return
	}
	defer instance.Close(t.Context())
	for name, definition := range instance.ExportedFunctionDefinitions() {
		f := instance.ExportedFunction(name)
		program{Module: instance}.fill(10_000)
		stack := make([]uint64, max(len(definition.ParamTypes()), len(definition.ResultTypes())))
		_ = f.CallWithStack(t.Context(), stack) // a trap is as good an end as any
	}
}
