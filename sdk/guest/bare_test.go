package guest_test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	"github.com/grove-coordination/grove/wasm/fuel"
)

// bare is a module in an engine with nothing around it: a host that may send what the real one never would.
type bare struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	tree     sdk.Tree
	logged   string
}

// cache has what was compiled by any test.
var cache = wazero.NewCompilationCache()

// newBare compiles a module, with fuel built in when it is metered.
func newBare(t testing.TB, code []byte, metered bool) *bare {
	t.Helper()
	if metered {
		var err error
		if code, err = fuel.Rewrite(code, fuel.Limits{Start: budget, Pages: 256}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(256).WithCompilationCache(cache)
	b := &bare{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	t.Cleanup(func() { _ = b.runtime.Close(context.Background()) })
	wasi_snapshot_preview1.MustInstantiate(ctx, b.runtime)
	_, err := b.runtime.NewHostModuleBuilder(abi.ModuleGrove).
		NewFunctionBuilder().WithFunc(b.log).Export(abi.ImportLog).
		NewFunctionBuilder().WithFunc(b.get).Export(abi.ImportGet).
		NewFunctionBuilder().WithFunc(b.children).Export(abi.ImportChildren).
		Instantiate(ctx)
	if err == nil {
		b.compiled, err = b.runtime.CompileModule(ctx, code)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bare) log(_ context.Context, m api.Module, at, size uint32) {
	line, _ := m.Memory().Read(at, size)
	b.logged = string(line)
}

func (b *bare) get(_ context.Context, m api.Module, path, size, into, room uint32) uint32 {
	name, ok := m.Memory().Read(path, size)
	if !ok || b.tree == nil {
		return 0
	}
	node := b.tree.Get(string(name))
	return reply(m, into, room, abi.AppendNode(nil, &node))
}

func (b *bare) children(_ context.Context, m api.Module, path, size, into, room uint32) uint32 {
	name, ok := m.Memory().Read(path, size)
	if !ok || b.tree == nil {
		return 0
	}
	return reply(m, into, room, abi.AppendChildren(nil, b.tree.Children(string(name))))
}

func reply(m api.Module, into, room uint32, answer []byte) uint32 {
	if uint32(len(answer)) <= room && !m.Memory().Write(into, answer) {
		return 0
	}
	return uint32(len(answer))
}

// budget is the fuel of a call.
const budget = 10_000_000

// instance is one that was started.
type instance struct {
	module   api.Module
	buffer   uint32
	size     uint32
	validate api.Function
	current  api.MutableGlobal // nil when it is not metered
	reserve  api.MutableGlobal
	stack    [2]uint64
}

// start makes an instance. It is closed with the module.
func (b *bare) start(t testing.TB) *instance {
	t.Helper()
	settings := wazero.NewModuleConfig().WithName("").WithStartFunctions(abi.ExportInitialize)
	module, err := b.runtime.InstantiateModule(t.Context(), b.compiled, settings)
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{module: module, validate: module.ExportedFunction(abi.ExportValidate)}
	in.current, _ = module.ExportedGlobal(fuel.Current).(api.MutableGlobal)
	in.reserve, _ = module.ExportedGlobal(fuel.Reserve).(api.MutableGlobal)
	in.fit(t, abi.BufferSize)
	return in
}

func (in *instance) refuel() {
	if in.current != nil {
		in.current.Set(fuel.Slice)
		in.reserve.Set(budget - fuel.Slice)
	}
}

// fit asks for a buffer when there is none as large.
func (in *instance) fit(t testing.TB, size uint32) {
	t.Helper()
	if size <= in.size {
		return
	}
	in.refuel()
	at, err := in.module.ExportedFunction(abi.ExportAlloc).Call(t.Context(), uint64(size))
	if err != nil {
		t.Fatal(err)
	}
	in.buffer, in.size = uint32(at[0]), size
}

// ask puts bytes into the buffer and calls a function with them. The verdict is nil to admit; trapped says that the
// instance has ended.
func (in *instance) ask(t testing.TB, f api.Function, bytes []byte) (verdict []byte, trapped bool) {
	t.Helper()
	in.fit(t, uint32(len(bytes)))
	if !in.module.Memory().Write(in.buffer, bytes) {
		t.Fatal("the buffer is outside of memory")
	}
	in.refuel()
	in.stack = [2]uint64{uint64(in.buffer), uint64(len(bytes))}
	if err := f.CallWithStack(t.Context(), in.stack[:]); err != nil {
		if in.reserve != nil && int64(in.reserve.Get()) < 0 {
			t.Fatal("fuel exhausted")
		}
		return nil, true
	}
	if in.stack[0] == 0 {
		return nil, false
	}
	at, size := abi.Unplace(in.stack[0])
	verdict, ok := in.module.Memory().Read(at, size)
	if !ok {
		t.Fatal("the verdict is outside of memory")
	}
	return verdict, false
}

// configure gives the instance its settings, which it has to take.
func (in *instance) configure(t testing.TB, settings []byte) (verdict []byte) {
	t.Helper()
	verdict, trapped := in.ask(t, in.module.ExportedFunction(abi.ExportConfigure), settings)
	if trapped {
		t.Fatal("grove_configure traps")
	}
	return verdict
}
