package fuel_test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/grove-coordination/grove/wasm/fuel"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// FuzzRewrite looks for modules that Rewrite spoils: what an engine takes before must be taken after, or refused.
// The other way round it must never crash, and never make something that does not compile out of what did.
func FuzzRewrite(f *testing.F) {
	for _, program := range programs {
		f.Add(program.module.Encode())
	}
	for _, bomb := range Bombs {
		f.Add(Bomb(bomb.Code).Encode())
	}
	f.Add(Guest(I64(0)).Encode())
	runtime := wazero.NewRuntimeWithConfig(context.Background(), engines["interpreter"].WithMemoryLimitPages(256))
	f.Cleanup(func() { runtime.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, module []byte) {
		metered, err := fuel.Rewrite(module, limits)
		if err != nil {
			return
		}
		rewritten, rewrittenErr := runtime.CompileModule(t.Context(), metered)
		if rewrittenErr == nil {
			rewritten.Close(t.Context())
			return
		}
		original, err := runtime.CompileModule(t.Context(), module)
		if err == nil {
			original.Close(t.Context())
			t.Fatalf("compiles, but not after rewriting: %v", rewrittenErr)
		}
	})
}
