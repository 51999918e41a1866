package wasmtest

import "encoding/binary"

// Module is a WebAssembly module to be encoded. It has a type for each function, imported ones first, and one memory.
type Module struct {
	Imports  []Import
	Funcs    []Func
	Pages    uint32 // of memory
	MaxPages uint32 // 0 for no maximum
	NoMemory bool
	Table    uint32   // size of a table of functions, 0 for none
	Elements []uint32 // functions put into the table from 0 on
	Globals  []int64  // variables of type i64
	Start    *uint32  // the start function
	Segments [][]byte // passive data
	Exports  []Export // besides the functions and the memory
}

// Import is an imported function; Sig is as in [Func].
type Import struct{ Module, Name, Sig string }

// Export is an export by kind (0 function, 1 table, 2 memory, 3 global) and index.
type Export struct {
	Name  string
	Kind  byte
	Index uint32
}

// Func is a function. Sig has a letter for each parameter and, after a colon, each result: i for i32, I for i64, f
// and F for floats. Locals has one for each local. The body has no end instruction: it is added.
type Func struct {
	Export string // "" for none
	Sig    string
	Locals string
	Body   []byte
}

// Encode is the module in the binary format.
func (m Module) Encode() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = section(out, 1, m.types())
	out = section(out, 2, m.imports())
	out = section(out, 3, m.functions())
	if m.Table > 0 {
		out = section(out, 4, append([]byte{1, 0x70, 0}, U32(m.Table)...))
	}
	if !m.NoMemory {
		out = section(out, 5, m.memory())
	}
	if len(m.Globals) > 0 {
		out = section(out, 6, m.globals())
	}
	out = section(out, 7, m.exports())
	if m.Start != nil {
		out = section(out, 8, U32(*m.Start))
	}
	if len(m.Elements) > 0 {
		out = section(out, 9, m.elements())
	}
	if len(m.Segments) > 0 {
		out = section(out, 12, U32(uint32(len(m.Segments))))
	}
	out = section(out, 10, m.code())
	if len(m.Segments) > 0 {
		out = section(out, 11, m.data())
	}
	return out
}

func (m Module) types() []byte {
	out := U32(uint32(len(m.Imports) + len(m.Funcs)))
	for _, imported := range m.Imports {
		out = append(out, signature(imported.Sig)...)
	}
	for _, f := range m.Funcs {
		out = append(out, signature(f.Sig)...)
	}
	return out
}

func (m Module) imports() []byte {
	out := U32(uint32(len(m.Imports)))
	for i, imported := range m.Imports {
		out = append(name(name(out, imported.Module), imported.Name), 0)
		out = append(out, U32(uint32(i))...)
	}
	return out
}

func (m Module) functions() []byte {
	out := U32(uint32(len(m.Funcs)))
	for i := range m.Funcs {
		out = append(out, U32(uint32(len(m.Imports)+i))...)
	}
	return out
}

func (m Module) memory() []byte {
	if m.MaxPages == 0 {
		return append([]byte{1, 0}, U32(m.Pages)...)
	}
	return append(append([]byte{1, 1}, U32(m.Pages)...), U32(m.MaxPages)...)
}

func (m Module) globals() []byte {
	out := U32(uint32(len(m.Globals)))
	for _, value := range m.Globals {
		out = append(append(append(out, 0x7e, 1), I64(value)...), 0x0b)
	}
	return out
}

func (m Module) exports() []byte {
	exports := m.Exports
	if !m.NoMemory {
		exports = append(exports, Export{Name: "memory", Kind: 2})
	}
	for i, f := range m.Funcs {
		if f.Export != "" {
			exports = append(exports, Export{Name: f.Export, Index: uint32(len(m.Imports) + i)})
		}
	}
	out := U32(uint32(len(exports)))
	for _, export := range exports {
		out = append(append(name(out, export.Name), export.Kind), U32(export.Index)...)
	}
	return out
}

func (m Module) elements() []byte {
	out := []byte{1, 0, 0x41, 0, 0x0b}
	out = append(out, U32(uint32(len(m.Elements)))...)
	for _, f := range m.Elements {
		out = append(out, U32(f)...)
	}
	return out
}

func (m Module) data() []byte {
	out := U32(uint32(len(m.Segments)))
	for _, segment := range m.Segments {
		out = append(append(append(out, 1), U32(uint32(len(segment)))...), segment...)
	}
	return out
}

func (m Module) code() []byte {
	out := U32(uint32(len(m.Funcs)))
	for _, f := range m.Funcs {
		body := U32(uint32(len(f.Locals)))
		for _, local := range f.Locals {
			body = append(body, 1, valueTypes[local])
		}
		body = append(append(body, f.Body...), 0x0b)
		out = append(append(out, U32(uint32(len(body)))...), body...)
	}
	return out
}

var valueTypes = map[rune]byte{'i': 0x7f, 'I': 0x7e, 'f': 0x7d, 'F': 0x7c, 'v': 0x7b}

func signature(sig string) []byte {
	lists := [2][]byte{}
	at := 0
	for _, letter := range sig {
		if letter == ':' {
			at = 1
			continue
		}
		lists[at] = append(lists[at], valueTypes[letter])
	}
	out := []byte{0x60}
	for _, list := range lists {
		out = append(append(out, byte(len(list))), list...)
	}
	return out
}

func section(out []byte, id byte, payload []byte) []byte {
	return append(append(append(out, id), U32(uint32(len(payload)))...), payload...)
}

func name(out []byte, name string) []byte {
	return append(append(out, U32(uint32(len(name)))...), name...)
}

// U32 is an unsigned number as it stands in a module.
func U32(value uint32) []byte { return binary.AppendUvarint(nil, uint64(value)) }

// I32 is the instruction i32.const.
func I32(value int32) []byte { return append([]byte{0x41}, signed(int64(value))...) }

// I64 is the instruction i64.const.
func I64(value int64) []byte { return append([]byte{0x42}, signed(value)...) }

func signed(value int64) (out []byte) {
	for {
		b := byte(value & 0x7f)
		value >>= 7
		if value == 0 && b < 0x40 || value == -1 && b >= 0x40 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

// Code joins instructions: bytes, opcodes as numbers, or slices made by the other helpers.
func Code(parts ...any) (out []byte) {
	for _, part := range parts {
		switch part := part.(type) {
		case int:
			out = append(out, byte(part))
		case []byte:
			out = append(out, part...)
		default:
			panic("wasmtest: neither int nor []byte")
		}
	}
	return out
}
