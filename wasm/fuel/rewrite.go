package fuel

import (
	"bytes"
	"errors"
	"fmt"
)

// Slice is the fuel a guest burns before the scheduler gets its turn.
const Slice = 100_000

// The names of the two i64 globals that Rewrite adds and exports. Before a call the host sets Current to the first
// slice (at most [Slice]) and Reserve to the rest of the budget. After it, Reserve is negative when the fuel was
// exhausted; otherwise their sum is what was left, and a sum below zero means exhausted as well: the guest returned
// before the next check.
const (
	Current = "__grove_fuel"
	Reserve = "__grove_reserve"
	prefix  = "__grove_"
)

// Limits bound what a rewritten module takes.
type Limits struct {
	Start uint64 // fuel of the module's start function, which runs at instantiation
	Pages uint32 // of memory, 64 KiB each
}

// What one module may hold; engines take room and time for these before the guest has paid for anything.
const (
	maxLocals       = 50_000  // of one function
	maxLocalsModule = 1 << 22 // of all
	maxSignatures   = 2000    // function types: the engine makes code for each
	maxFunctions    = 50_000
	maxTypes        = 100  // parameters of a function, or its results
	maxDepth        = 4000 // blocks in blocks; Go's own runtime has 550
	maxTables       = 8
	maxElements     = 1 << 17 // of a table
	maxFuel         = 1 << 60
)

var magic = []byte("\x00asm\x01\x00\x00\x00")

// Sections by their number in the binary format.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
	sections
)

// order is how sections follow each other in a module.
var order = []int{sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal,
	sectionExport, sectionStart, sectionElement, sectionDataCount, sectionCode, sectionData}

// Rewrite returns the module with fuel built in. Custom sections are dropped. The error says in one line why a
// module is refused: it is malformed, reaches past its own indices, uses what is not supported (vectors, threads,
// tail calls, exceptions, imports other than functions), uses reserved names, or asks for more than the limits. The
// result is still to be validated by an engine.
func Rewrite(module []byte, limits Limits) ([]byte, error) {
	if !bytes.HasPrefix(module, magic) {
		return nil, errors.New("not a WebAssembly module")
	}
	found, err := split(module[len(magic):])
	if err != nil {
		return nil, err
	}
	w := rewriter{limits: limits, out: bytes.Clone(magic)}
	for _, id := range order {
		if err := w.section(id, found[id]); err != nil {
			return nil, fmt.Errorf("section %s: %w", sectionNames[id], err)
		}
	}
	return w.out, nil
}

var sectionNames = [sections]string{"custom", "type", "import", "function", "table", "memory", "global", "export",
	"start", "element", "code", "data", "data count"}

// split finds the sections, each at most once and in order.
func split(module []byte) (found [sections][]byte, err error) {
	r := reader{data: module}
	next := 0
	for r.left() > 0 {
		id := int(r.byte())
		payload := r.bytes(r.u32())
		if r.err != nil || id == sectionCustom {
			continue
		}
		for next < len(order) && order[next] != id {
			next++
		}
		if next == len(order) {
			return found, fmt.Errorf("section %d is unknown or out of order", id)
		}
		next++
		found[id] = payload
	}
	return found, r.err
}

// section writes one section anew. Those that get an entry appended are written even when the module has none.
func (w *rewriter) section(id int, payload []byte) error {
	if len(payload) == 0 {
		switch id {
		case sectionType, sectionFunction, sectionMemory, sectionGlobal, sectionExport, sectionCode:
			payload = []byte{0}
		default:
			return w.absent(id)
		}
	}
	c := &coder{reader: reader{data: payload}}
	w.copySection(id, c)
	if c.err == nil && c.left() > 0 {
		c.fail("%d bytes too many", c.left())
	}
	if c.err != nil {
		return c.err
	}
	w.out = append(w.out, byte(id))
	w.out = appendU32(w.out, uint32(len(c.out)))
	w.out = append(w.out, c.out...)
	return nil
}

func (w *rewriter) absent(id int) error {
	if id == sectionData && w.segments > 0 {
		return errors.New("missing")
	}
	return nil
}

func (w *rewriter) copySection(id int, c *coder) {
	switch id {
	case sectionType:
		w.types(c)
	case sectionImport:
		w.imports(c)
	case sectionFunction:
		w.functions(c)
	case sectionTable:
		w.tables(c)
	case sectionMemory:
		w.memory(c)
	case sectionGlobal:
		w.globals(c)
	case sectionExport:
		w.exports(c)
	case sectionStart:
		w.functionValue(c)
	case sectionElement:
		w.elements(c)
	case sectionDataCount:
		w.segments, w.counted = c.copyU32(), true
	case sectionCode:
		w.code(c)
	case sectionData:
		w.data(c)
	}
}
