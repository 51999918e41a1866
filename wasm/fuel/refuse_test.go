package fuel_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/wasm/fuel"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// with is a small valid module, changed.
func with(change func(*Module)) []byte {
	module := Module{Pages: 1, Table: 1, Globals: []int64{1}, Imports: hostNext(),
		Funcs: []Func{{Export: "run", Sig: "i:i", Body: I32(0)}}}
	change(&module)
	return module.Encode()
}

func body(parts ...any) []byte {
	return with(func(m *Module) { m.Funcs[0].Body = Code(parts...) })
}

func TestRefused(t *testing.T) {
	valid := with(func(*Module) {})
	if _, err := fuel.Rewrite(valid, limits); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		module []byte
		want   string
	}{
		{"empty", nil, "not a WebAssembly module"},
		{"text", []byte("(module)"), "not a WebAssembly module"},
		{"a component", []byte("\x00asm\x0d\x00\x01\x00"), "not a WebAssembly module"},
		{"cut short", valid[:len(valid)-3], "cut short"},
		{"unknown section", append(bytes.Clone(valid), 14, 1, 0), "section 14"},
		{"section twice", append(bytes.Clone(valid), 1, 1, 0), "section 1 is unknown or out of order"},
		{"exception tags", []byte("\x00asm\x01\x00\x00\x00\x0d\x01\x00"), "section 13"},
		{"no memory", with(func(m *Module) { m.NoMemory = true }), "0 memories"},
		{"too much memory", with(func(m *Module) { m.Pages = 257 }), "memory of 257 pages is larger than the limit of 256"},
		{"huge table", with(func(m *Module) { m.Table = 1 << 20 }), "larger than the limit"},
		{"fuel as export", with(func(m *Module) { m.Exports = exported(fuel.Current, 3, 0) }), "reserved"},
		{"reserved import", with(func(m *Module) { m.Imports[0].Name = "__grove_x" }), "reserved"},
		{"fuel global exported", with(func(m *Module) { m.Exports = exported("x", 3, 1) }), "global 1 does not exist"},
		{"helper exported", with(func(m *Module) { m.Exports = exported("x", 0, 2) }), "function 2 does not exist"},
		{"import exported", with(func(m *Module) { m.Exports = exported("x", 0, 0) }), "imported"},
		{"import in a table", with(func(m *Module) { m.Elements = []uint32{0} }), "imported"},
		{"helper in a table", with(func(m *Module) { m.Elements = []uint32{2} }), "function 2 does not exist"},
		{"import as start", with(func(m *Module) { m.Start = new(uint32) }), "imported"},
		{"fuel global read", body(0x23, 1, 0xa7), "global 1 does not exist"},
		{"fuel global set", body(0x42, 0, 0x24, 1, I32(0)), "global 1 does not exist"},
		{"reserve set", body(0x42, 0, 0x24, 2, I32(0)), "global 2 does not exist"},
		{"fuel global set, long index", body(0x42, 0, 0x24, 0x81, 0x80, 0x80, 0x80, 0, I32(0)), "global 1 does not exist"},
		{"index of more than 32 bits", body(0x42, 0, 0x24, 0x80, 0x80, 0x80, 0x80, 0x10, I32(0)), "too large"},
		{"fuel local set", body(0x42, 0, 0x21, 1, I32(0)), "local 1 does not exist"},
		{"helper called", body(0x42, 0, 0x10, 2, 0xa7), "function 2 does not exist"},
		{"helper as value", body(0xd2, 2, 0xd1), "function 2 does not exist"},
		{"import as value", body(0xd2, 0, 0xd1), "imported"},
		{"past the outermost label", body(I32(0), 0x0c, 1), "label 1 does not exist"},
		{"helper's type", body(0x42, 0, I32(0), 0x11, 2, 0, 0xa7), "type 2 does not exist"},
		{"block of the helper's type", body(0x42, 0, 0x02, 2, 0x0b, 0xa7), "type 2 does not exist"},
		{"early end", body(I32(0), 0x0b, I32(0)), "after its end"},
		{"no end", body(0x02, 0x40, I32(0)), "cut short"},
		{"vector instruction", body(0xfd, 12), "instruction 0xfd"},
		{"vector type", with(func(m *Module) { m.Funcs[0].Sig = "v:i" }), "value type 0x7b"},
		{"atomic instruction", body(0xfe, 3, 0), "instruction 0xfe"},
		{"tail call", body(I32(0), 0x12, 1), "instruction 0x12"},
		{"exception", body(0x08, 0), "instruction 0x8"},
		{"second memory", body(I32(0), 0x28, 0x42, 0, 0), "not supported"},
		{"segment that is not there", body(I32(0), I32(0), I32(0), 0xfc, 8, 0, 0, I32(0)), "data segment 0"},
		{"many locals", huge(), "too many locals"},
		{"many blocks in blocks", body(bytes.Repeat([]byte{0x02, 0x40}, 4001), bytes.Repeat([]byte{0x0b}, 4001), I32(0)), "blocks in blocks"},
		{"many loops", body(bytes.Repeat(Code(0x03, 0x40, I32(0), 0x0d, 0, 0x0b), 3500), I32(0)), "too many blocks and branches"},
		{"many functions of many loops", with(func(m *Module) {
			for range 20 {
				m.Funcs = append(m.Funcs, Func{Sig: ":", Body: bytes.Repeat(Code(0x03, 0x40, 0x0b), 1200)})
			}
		}), "too many blocks and branches"},
		{"many operands alive in loops", body(bytes.Repeat(I32(0), 1000), bytes.Repeat(Code(0x03, 0x40, 0x0b), 1000), bytes.Repeat([]byte{0x6a}, 999)),
			"too many locals and values alive"},
		{"many locals alive in branches", with(func(m *Module) {
			m.Funcs[0].Locals = strings.Repeat("i", 1000)
			m.Funcs[0].Body = Code(bytes.Repeat(Code(0x20, 0, 0x04, 0x40, 0x0b), 2000), I32(0))
		}), "too many locals and values alive"},
		{"many labels", body(0x02, 0x40, 0x20, 0, 0x0e, U32(100_000), make([]byte, 100_001), 0x0b, I32(0)), "too many blocks and branches"},
		{"many types", with(func(m *Module) { m.Funcs = slices.Repeat(m.Funcs, 2000) }), "types, more than 2000"},
		{"many functions", []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00\x03\xd4\x86\x03\xd1\x86\x03" +
			strings.Repeat("\x00", 50001)), "functions, more than 50000"},
		{"many parameters", with(func(m *Module) { m.Funcs[0].Sig = strings.Repeat("i", 101) + ":i" }), "101 parameters"},
		{"many bodies", replace(valid, "\x0a\x06\x01\x04", "\x0a\x06\x7f\x04"), "cut short"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := fuel.Rewrite(test.module, limits)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("refused with %v, want %q", err, test.want)
			}
		})
	}
}

// huge is a module with a function of four billion locals in a few bytes.
func huge() []byte {
	return replace(with(func(m *Module) { m.Funcs[0].Locals = "I" }),
		"\x0a\x08\x01\x06\x01\x01\x7e", "\x0a\x0c\x01\x0a\x01\xff\xff\xff\xff\x0f\x7e")
}

func replace(module []byte, old, changed string) []byte {
	if bytes.Count(module, []byte(old)) != 1 {
		panic("not found once")
	}
	return bytes.Replace(module, []byte(old), []byte(changed), 1)
}
