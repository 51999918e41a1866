package fuel

// code rewrites every function body and appends the helper's.
func (w *rewriter) code(c *coder) {
	n := c.copyCount(1)
	if int(n) != len(w.funcs)-w.imported {
		c.fail("%d bodies for %d functions", n, len(w.funcs)-w.imported)
	}
	for i := range n {
		raw := c.bytes(c.u32())
		if c.err != nil {
			return
		}
		index := w.imported + int(i)
		body, err := w.body(raw, w.signatures[w.funcs[index]])
		if err != nil {
			c.fail("function %d: %w", index, err)
			return
		}
		c.out = append(appendU32(c.out, uint32(len(body))), body...)
	}
	helper := w.helperBody()
	c.out = append(appendU32(c.out, uint32(len(helper))), helper...)
}

// body is a function being rewritten. Instructions gather in the coder's out until their basic block ends; then
// flush writes what the block pays, and the block, to done.
//
// The original code stands inside a block of its own, so that what leaves the function by branching to its
// outermost label comes by the end, where the fuel that is left goes back to the global.
type body struct {
	coder
	w *rewriter

	done  []byte
	price uint64 // of the basic block under way
	entry bool   // it is the function's first: the fuel is still in the global
	check bool   // fuel is to be checked before it

	effort effort
	stack  stack

	depth  int    // open blocks of the original, the function's own included
	locals int    // of the original, parameters included
	fuel   uint32 // the local that holds the fuel
	length uint32 // the local for the length of a bulk operation
}

func (w *rewriter) body(raw []byte, sig signature) ([]byte, error) {
	b := &body{coder: coder{reader: reader{data: raw}}, w: w, entry: true, check: true, depth: 1}
	b.declareLocals(sig)
	b.done = append(b.done, b.out...)
	b.done = appendSigned(append(b.done, opBlock), sig.body)
	b.out = b.out[:0]
	for b.depth > 0 && b.err == nil {
		b.instruction()
	}
	if b.err == nil && b.left() > 0 {
		b.fail("%d bytes after its end", b.left())
	}
	b.weigh()
	b.done = append(b.store(b.done), opEnd)
	return b.done, b.err
}

// declareLocals appends the two locals that the fuel needs.
func (b *body) declareLocals(sig signature) {
	declared := uint64(0)
	for range b.copyCount(2) {
		declared += uint64(b.copyU32())
		b.copyValueType()
	}
	b.w.locals += declared
	if declared > maxLocals || b.w.locals > maxLocalsModule {
		b.fail("too many locals")
		return
	}
	b.out = append(b.out, 1, typeI64, 1, typeI32)
	b.price = declared
	b.locals = sig.params + int(declared)
	b.fuel, b.length = uint32(b.locals), uint32(b.locals)+1
}

// instruction copies one instruction and adds its price to the basic block.
func (b *body) instruction() {
	op := b.byte()
	switch op {
	case opBlock, opLoop, opIf, opElse, opEnd, opBr, opBrIf, opBrTable, opReturn, opUnreachable:
		b.control(op)
		return
	}
	b.price++
	switch {
	case op == opCall:
		b.call()
	case op == opPrefix:
		b.prefixed()
	case op == opMemoryGrow:
		b.payGrow()
		b.out = append(b.out, op)
		b.copyZero()
	default:
		b.out = append(b.out, op)
		b.immediate(op)
		b.stack.plain(op)
	}
}

// immediate copies what follows the opcode of an instruction that just computes, or calls through a table.
func (b *body) immediate(op byte) {
	switch {
	case op >= opFirstPlain && op <= opLastPlain, op == opDrop, op == opSelect, op == opRefIsNull, op == 0x01:
	case op >= opLocalGet && op <= opLocalTee:
		b.copyIndex("local", b.locals)
	case op == opGlobalGet || op == opGlobalSet:
		b.copyIndex("global", b.w.globalCount)
	case op >= opFirstAccess && op <= opLastAccess:
		b.access()
	case op == opI32Const:
		b.copySigned(32)
	case op == opI64Const:
		b.copySigned(64)
	case op == opF32Const:
		b.out = append(b.out, b.bytes(4)...)
	case op == opF64Const:
		b.out = append(b.out, b.bytes(8)...)
	case op == opCallIndirect:
		b.callIndirect()
	case op == opSelectTyped:
		b.copyTypes()
	case op == opTableGet || op == opTableSet:
		b.copyIndex("table", b.w.tableCount)
	case op == opMemorySize:
		b.copyZero()
	case op == opRefNull:
		b.copyRefType()
	case op == opRefFunc:
		b.price += priceLeave
		b.w.functionValue(&b.coder)
	default:
		b.fail("instruction %#x is not supported", op)
	}
}

// access copies the alignment and offset of a load or store.
func (b *body) access() {
	if b.copyU32() >= 32 {
		b.fail("alignment is not supported")
	}
	b.copyU32()
}
