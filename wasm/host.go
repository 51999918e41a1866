package wasm

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk/abi"
)

// hostFunction is what a module may import. Its work is bounded: the guest has paid a fixed price for it.
type hostFunction struct {
	params, results types
	call            func(in *instance, stack []uint64)
}

// imports is all there is to import, by module and name.
var imports = map[string]map[string]hostFunction{
	abi.ModuleGrove: {
		abi.ImportLog:      {params: types{i32, i32}, results: types{}, call: logLine},
		abi.ImportGet:      {params: types{i32, i32, i32, i32}, results: types{i32}, call: getNode},
		abi.ImportChildren: {params: types{i32, i32, i32, i32}, results: types{i32}, call: getChildren},
	},
	abi.ModuleWASI: wasi,
}

// offer makes the host functions known to the runtime.
func offer(ctx context.Context, runtime wazero.Runtime) error {
	for module, functions := range imports {
		builder := runtime.NewHostModuleBuilder(module)
		for name, f := range functions {
			call := api.GoModuleFunc(func(ctx context.Context, module api.Module, stack []uint64) {
				in := ctx.Value(instanceKey{}).(*instance)
				in.memory = module.Memory() // not known yet when the start function runs
				f.call(in, stack)
			})
			builder.NewFunctionBuilder().WithGoModuleFunction(call, f.params, f.results).Export(name)
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			return fmt.Errorf("host module %s: %w", module, err)
		}
	}
	return nil
}

// instanceKey is under which the context of a call carries its instance.
type instanceKey struct{}

// logLine is grove.log(text, size).
func logLine(in *instance, stack []uint64) {
	size := min(uint32(stack[1]), maxLine)
	if text, ok := in.read(uint32(stack[0]), size); ok {
		in.output.write(text)
		in.output.flush()
	}
}
