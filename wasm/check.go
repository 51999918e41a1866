package wasm

import (
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk/abi"
)

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

type types []api.ValueType

// exports are the functions of a validator. A nil list of types is not looked at.
var exports = []struct {
	name            string
	params, results types
	optional        bool
}{
	{name: abi.ExportMarker, params: types{}},
	{name: abi.ExportAlloc, params: types{i32}, results: types{i32}},
	{name: abi.ExportValidate, params: types{i32, i32}, results: types{i64}},
	{name: abi.ExportConfigure, params: types{i32, i32}, results: types{i64}, optional: true},
	{name: abi.ExportInitialize, params: types{}, results: types{}, optional: true},
}

// check refuses a module that lacks the interface or imports what is not offered.
func check(compiled wazero.CompiledModule, configured bool) error {
	for _, f := range compiled.ImportedFunctions() {
		if err := checkImport(f); err != nil {
			return err
		}
	}
	if _, ok := compiled.ExportedMemories()[abi.ExportMemory]; !ok {
		return fmt.Errorf("does not export %s", abi.ExportMemory)
	}
	found := compiled.ExportedFunctions()
	for _, export := range exports {
		f, ok := found[export.name]
		switch {
		case ok:
			if err := checkTypes(f, export.params, export.results); err != nil {
				return fmt.Errorf("export %s: %w", export.name, err)
			}
		case !export.optional:
			return fmt.Errorf("does not export %s", export.name)
		case export.name == abi.ExportConfigure && configured:
			return fmt.Errorf("takes no settings: it does not export %s", export.name)
		}
	}
	return nil
}

func checkImport(f api.FunctionDefinition) error {
	module, name, _ := f.Import()
	offered, ok := imports[module][name]
	if !ok {
		return fmt.Errorf("imports %s.%s, which is not offered", module, name)
	}
	if err := checkTypes(f, offered.params, offered.results); err != nil {
		return fmt.Errorf("import %s.%s: %w", module, name, err)
	}
	return nil
}

func checkTypes(f api.FunctionDefinition, params, results types) error {
	if params != nil && !slices.Equal(f.ParamTypes(), params) {
		return fmt.Errorf("takes (%s), must take (%s)", names(f.ParamTypes()), names(params))
	}
	if results != nil && !slices.Equal(f.ResultTypes(), results) {
		return fmt.Errorf("returns (%s), must return (%s)", names(f.ResultTypes()), names(results))
	}
	return nil
}

func names(types types) (list string) {
	for i, t := range types {
		if i > 0 {
			list += ", "
		}
		list += api.ValueTypeName(t)
	}
	return list
}
