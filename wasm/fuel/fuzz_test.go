package fuel_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/wasm/fuel"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// fuzzFuel is what every call gets: less than what it takes to grow a table to where the rewritten one ends.
const fuzzFuel = 10_000

// FuzzRewrite looks for modules that Rewrite spoils or lets through: what an engine takes before must be taken
// after, or refused; what is made of it must come to an end on little fuel; and as long as there is fuel it must do
// what the original does.
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
		metered, err := fuel.Rewrite(module, fuel.Limits{Start: fuzzFuel, Pages: 16})
		if err != nil {
			return
		}
		rewritten, rewrittenErr := runtime.CompileModule(t.Context(), metered)
		original, err := runtime.CompileModule(t.Context(), module)
		if rewrittenErr != nil {
			if err == nil {
				t.Fatalf("compiles, but not after rewriting: %v", rewrittenErr)
			}
			return
		}
		defer rewritten.Close(t.Context())
		if err != nil {
			original = rewritten // what of it was wrong was not kept; still it must end
		}
		defer original.Close(t.Context())
		sideBySide(t, runtime, rewritten, original)
	})
}

// sideBySide calls all functions of the rewritten module, and each that ended with fuel left in the original too. It
// hangs when something escapes its fuel.
func sideBySide(t *testing.T, runtime wazero.Runtime, rewritten, original wazero.CompiledModule) {
	metered, err := runtime.InstantiateModule(t.Context(), rewritten, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return
	}
	defer metered.Close(t.Context())
	plain, err := runtime.InstantiateModule(t.Context(), original, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatalf("starts only after rewriting: %v", err)
	}
	defer plain.Close(t.Context())
	for _, name := range slices.Sorted(maps.Keys(plain.ExportedFunctionDefinitions())) {
		program{Module: metered}.fill(fuzzFuel)
		got, err := callZeros(t, metered, name)
		p := program{Module: metered}
		if p.exhausted() || p.left() < 0 || err != nil && strings.Contains(err.Error(), "stack overflow") {
			return // they are not in the same state any more
		}
		if original == rewritten {
			continue
		}
		want, plainErr := callZeros(t, plain, name)
		if !slices.Equal(got, want) || (err == nil) != (plainErr == nil) {
			t.Fatalf("%s gives %v, %v; the original %v, %v", name, got, err, want, plainErr)
		}
		sameMemory(t, metered, plain)
	}
}

// callZeros calls a function with zeros.
func callZeros(t *testing.T, module api.Module, name string) ([]uint64, error) {
	definition := module.ExportedFunctionDefinitions()[name]
	stack := make([]uint64, max(len(definition.ParamTypes()), len(definition.ResultTypes())))
	err := module.ExportedFunction(name).CallWithStack(t.Context(), stack)
	if err != nil {
		return nil, err
	}
	return stack[:len(definition.ResultTypes())], nil
}

func sameMemory(t *testing.T, a, b api.Module) {
	for name := range b.ExportedMemoryDefinitions() {
		one, other := a.ExportedMemory(name), b.ExportedMemory(name)
		if one.Size() != other.Size() {
			t.Fatalf("memory of %d bytes, the original's of %d", one.Size(), other.Size())
		}
		left, _ := one.Read(0, one.Size())
		right, _ := other.Read(0, other.Size())
		if !bytes.Equal(left, right) {
			t.Fatal("memory differs from the original's")
		}
	}
}
