package fuel

// flush ends the basic block: what it pays is written before it.
func (b *body) flush() {
	switch {
	case b.entry:
		b.done = appendU32(append(b.done, opGlobalGet), b.w.current())
		b.done = b.pay(b.done)
	case b.check || b.price > 0:
		b.done = appendU32(append(b.done, opLocalGet), b.fuel)
		b.done = b.pay(b.done)
	}
	b.done = append(b.done, b.out...)
	b.out = b.out[:0]
	b.price, b.entry, b.check = 0, false, false
}

// pay takes the block's price off the fuel on the stack and keeps it in the local.
func (b *body) pay(dst []byte) []byte {
	dst = appendSigned(append(dst, opI64Const), int64(b.price))
	dst = append(dst, opI64Sub)
	if b.check {
		return b.refill(dst)
	}
	return appendU32(append(dst, opLocalSet), b.fuel)
}

// refill keeps the fuel on the stack in the local and calls the helper when it is below zero. The comparison is a
// signed one; fuel cannot come near the ends of 64 bits, because between two checks lies less code than fits
// into a module, at no more than 2^32 for each instruction.
func (b *body) refill(dst []byte) []byte {
	b.place()
	dst = appendU32(append(dst, opLocalTee), b.fuel)
	dst = append(dst, opI64Const, 0, opI64LtS, opIf, noType)
	dst = appendU32(append(dst, opLocalGet), b.fuel)
	dst = appendU32(append(dst, opCall), b.w.helper())
	dst = appendU32(append(dst, opLocalSet), b.fuel)
	return append(dst, opEnd)
}

// prefixed copies an instruction of the second page.
func (b *body) prefixed() {
	op := b.u32()
	switch op {
	case opMemoryInit, opMemoryCopy, opMemoryFill:
		b.payBytes()
	case opTableInit, opTableCopy, opTableFill:
		b.payElements(priceBulk)
	case opTableGrow:
		b.payElements(priceLeave)
	}
	b.stack.prefixed(op)
	b.out = appendU32(append(b.out, opPrefix), op)
	switch {
	case op <= opLastTruncate:
	case op == opMemoryInit:
		b.copyIndex("data segment", int(b.w.segments))
		b.copyZero()
	case op == opDataDrop:
		b.copyIndex("data segment", int(b.w.segments))
	case op == opMemoryCopy:
		b.copyZero()
		b.copyZero()
	case op == opMemoryFill:
		b.copyZero()
	case op == opTableInit:
		b.copyIndex("element segment", b.w.elementCount)
		b.copyIndex("table", b.w.tableCount)
	case op == opElemDrop:
		b.copyIndex("element segment", b.w.elementCount)
	case op == opTableCopy:
		b.copyIndex("table", b.w.tableCount)
		b.copyIndex("table", b.w.tableCount)
	case op == opTableGrow || op == opTableSize || op == opTableFill:
		b.copyIndex("table", b.w.tableCount)
	default:
		b.fail("instruction %#x %d is not supported", opPrefix, op)
	}
}

// payBytes charges for the length on top of the stack, widened without a sign so that no length wraps around.
func (b *body) payBytes() {
	b.price += priceBulk
	b.payLength(opI64ExtendU, opI64Const, bytesPerFuel, opI64ShrU)
}

func (b *body) payElements(base uint64) {
	b.price += base
	b.payLength(opI64ExtendU)
}

// payGrow charges for no more pages than the memory could ever get: asking for too many is answered with -1 and
// must not cost more than having them.
func (b *body) payGrow() {
	b.price += priceLeave
	code := appendSigned([]byte{opI32Const}, int64(b.w.limits.Pages))
	code = appendU32(append(code, opLocalGet), b.length)
	code = appendSigned(append(code, opI32Const), int64(b.w.limits.Pages))
	code = append(code, opI32LtU, opSelect, opI64ExtendU)
	code = appendSigned(append(code, opI64Const), priceOfPage)
	b.payLength(append(code, opI64Mul)...)
}

// payLength charges what code makes of the length on top of the stack, and checks.
func (b *body) payLength(code ...byte) {
	b.out = appendU32(append(b.out, opLocalSet), b.length)
	b.out = appendU32(append(b.out, opLocalGet), b.fuel)
	b.out = appendU32(append(b.out, opLocalGet), b.length)
	b.out = append(append(b.out, code...), opI64Sub)
	b.out = b.refill(b.out)
	b.out = appendU32(append(b.out, opLocalGet), b.length)
}

// helperBody is the function that is called with the fuel when that is below zero, and returns the next slice:
//
//	left := reserve + fuel
//	if left < 0 { reserve = -1; trap }
//	fuel = min(left, Slice)
//	reserve = left - fuel
//	memory.grow 0
//	return fuel
func (w *rewriter) helperBody() []byte {
	const fuel, left = 0, 1
	code := []byte{1, 1, typeI64}
	code = appendU32(append(code, opGlobalGet), w.reserve())
	code = append(code, opLocalGet, fuel, opI64Add, opLocalTee, left, opI64Const, 0, opI64LtS, opIf, noType)
	code = appendU32(append(code, opI64Const, 0x7f, opGlobalSet), w.reserve())
	code = append(code, opUnreachable, opEnd, opLocalGet, left)
	code = appendSigned(append(code, opI64Const), Slice)
	code = append(code, opLocalGet, left)
	code = appendSigned(append(code, opI64Const), Slice)
	code = append(code, opI64LtS, opSelect, opLocalSet, fuel, opLocalGet, left, opLocalGet, fuel, opI64Sub)
	code = appendU32(append(code, opGlobalSet), w.reserve())
	return append(code, opI32Const, 0, opMemoryGrow, 0, opDrop, opLocalGet, fuel, opEnd)
}
