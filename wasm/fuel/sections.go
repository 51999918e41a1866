package fuel

import "strings"

// rewriter holds what the sections read so far have defined. All counts are those of the original module.
type rewriter struct {
	limits Limits
	out    []byte

	signatures   []signature
	funcs        []uint32 // index of the signature of each function, imported ones first
	imported     int
	tableCount   int
	globalCount  int
	elementCount int
	segments     uint32 // data segments as counted before the code
	counted      bool
	locals       uint64 // of all functions
	square, wide int    // likewise, of what they take to compile
}

// signature is a function type. body is the type of a block that leaves its results: a value type, or the index of
// a type that was appended for it.
type signature struct {
	params, results int
	body            int64
}

// The appended things come right after the original's.
func (w *rewriter) helper() uint32  { return uint32(len(w.funcs)) }
func (w *rewriter) current() uint32 { return uint32(w.globalCount) }
func (w *rewriter) reserve() uint32 { return uint32(w.globalCount) + 1 }

// types appends the helper's type, and for each type with several results that of a block which leaves them.
func (w *rewriter) types(c *coder) {
	n := int(c.count())
	if n > maxSignatures {
		c.fail("%d types, more than %d", n, maxSignatures)
	}
	var appended []byte
	next := int64(n) + 1
	for range n {
		if c.copyByte() != typeFunc {
			c.fail("not a function type")
		}
		sig := signature{params: int(c.copyTypes())}
		start := len(c.out)
		results := c.copyTypes()
		sig.results = int(results)
		switch results {
		case 0:
			sig.body = noType - 0x80
		case 1:
			sig.body = int64(c.out[len(c.out)-1]) - 0x80
		default:
			appended = append(append(appended, typeFunc, 0), c.out[start:]...)
			sig.body = next
			next++
		}
		w.signatures = append(w.signatures, sig)
	}
	entries := append(c.out, typeFunc, 1, typeI64, 1, typeI64)
	c.out = append(append(appendU32(nil, uint32(next)), entries...), appended...)
}

func (c *coder) copyTypes() uint32 {
	n := c.copyCount(0)
	if n > maxTypes {
		c.fail("%d parameters or results, more than %d", n, maxTypes)
	}
	for range n {
		c.copyValueType()
	}
	return n
}

func (w *rewriter) imports(c *coder) {
	for range c.copyCount(0) {
		module, name := c.copyName(), c.copyName()
		if c.copyByte() != 0 {
			c.fail("%s.%s is not a function: nothing else can be imported", module, name)
		}
		if reserved(module) || reserved(name) {
			c.fail("%s.%s: names that begin with %s are reserved", module, name, prefix)
		}
		w.funcs = append(w.funcs, c.copyIndex("type", len(w.signatures)))
	}
	w.imported = len(w.funcs)
}

func reserved(name string) bool { return strings.HasPrefix(name, prefix) }

func (w *rewriter) functions(c *coder) {
	n := c.copyCount(1)
	if n > maxFunctions {
		c.fail("%d functions, more than %d", n, maxFunctions)
	}
	for range n {
		if c.err != nil {
			return
		}
		w.funcs = append(w.funcs, c.copyIndex("type", len(w.signatures)))
	}
	c.out = appendU32(c.out, uint32(len(w.signatures))) // the helper's type
}

func (w *rewriter) tables(c *coder) {
	w.tableCount = int(c.copyCount(0))
	if w.tableCount > maxTables {
		c.fail("%d tables, more than %d", w.tableCount, maxTables)
	}
	for range w.tableCount {
		c.copyRefType()
		c.copyLimits("table", "elements", maxElements)
	}
}

func (w *rewriter) memory(c *coder) {
	if n := c.copyCount(0); n != 1 {
		c.fail("%d memories, must be one", n)
	}
	c.copyLimits("memory", "pages", w.limits.Pages)
}

func (w *rewriter) globals(c *coder) {
	w.globalCount = int(c.copyCount(2))
	for range w.globalCount {
		c.copyValueType()
		if c.copyByte() > 1 {
			c.fail("neither constant nor variable")
		}
		w.constant(c)
	}
	first := min(w.limits.Start, Slice)
	for _, fuel := range []uint64{first, min(w.limits.Start, maxFuel) - first} {
		c.out = append(c.out, typeI64, 1, opI64Const)
		c.out = append(appendSigned(c.out, int64(fuel)), opEnd)
	}
}

func (w *rewriter) exports(c *coder) {
	for range c.copyCount(2) {
		if name := c.copyName(); reserved(name) {
			c.fail("%s: names that begin with %s are reserved", name, prefix)
		}
		switch kind := c.copyByte(); kind {
		case 0:
			w.functionValue(c)
		case 1:
			c.copyIndex("table", w.tableCount)
		case 2:
			c.copyIndex("memory", 1)
		case 3:
			c.copyIndex("global", w.globalCount)
		default:
			c.fail("kind %#x is not supported", kind)
		}
	}
	for i, name := range []string{Current, Reserve} {
		c.out = append(appendU32(c.out, uint32(len(name))), name...)
		c.out = appendU32(append(c.out, 3), w.current()+uint32(i))
	}
}

// functionValue copies a reference to a function that is not called on the spot. What is imported has its price
// where it is called, so it must not be called from elsewhere.
func (w *rewriter) functionValue(c *coder) {
	if index := c.copyIndex("function", len(w.funcs)); int(index) < w.imported {
		c.fail("function %d is imported: it can only be called directly", index)
	}
}

// constant copies an initializer: a single instruction.
func (w *rewriter) constant(c *coder) {
	switch op := c.copyByte(); op {
	case opI32Const:
		c.copySigned(32)
	case opI64Const:
		c.copySigned(64)
	case opF32Const:
		c.out = append(c.out, c.bytes(4)...)
	case opF64Const:
		c.out = append(c.out, c.bytes(8)...)
	case opGlobalGet:
		c.copyIndex("global", w.globalCount)
	case opRefNull:
		c.copyRefType()
	case opRefFunc:
		w.functionValue(c)
	default:
		c.fail("instruction %#x in an initializer is not supported", op)
	}
	if c.copyByte() != opEnd {
		c.fail("initializer is more than one instruction")
	}
}
