package fuel

// control copies an instruction that begins or ends a basic block. Every way back to a loop header is a branch, and
// branches have a price, so no circle is free.
func (b *body) control(op byte) {
	switch op {
	case opBlock:
		b.open(op)
	case opLoop:
		b.open(op)
		b.flush()
		b.check = true
	case opIf:
		b.price++
		b.stack.move(1, 0)
		b.open(op)
		b.flush()
	case opElse:
		b.stack.again()
		b.out = append(b.out, op)
		b.flush()
	case opEnd:
		b.out = append(b.out, op)
		b.depth--
		b.stack.end()
		b.flush()
	default:
		b.price++
		b.leave(op)
		b.flush()
	}
}

// open copies the beginning of a block.
func (b *body) open(op byte) {
	b.out = append(b.out, op)
	b.place()
	b.blockType()
	if b.depth++; b.depth > maxDepth {
		b.fail("more than %d blocks in blocks", maxDepth)
	}
}

// leave copies an instruction after which control may be elsewhere.
func (b *body) leave(op byte) {
	if op == opReturn {
		b.out = b.store(b.out)
	}
	b.out = append(b.out, op)
	switch op {
	case opBr, opBrIf:
		b.copyIndex("label", b.depth)
	case opBrTable:
		for range b.copyCount(0) {
			b.copyIndex("label", b.depth)
			b.effort.targets++
		}
		b.copyIndex("label", b.depth)
	}
	b.after(op)
}

// after follows the operands past a branch.
func (b *body) after(op byte) {
	if op == opBrIf {
		b.stack.move(1, 0)
		b.place()
		return
	}
	b.stack.unreachable()
}

// blockType copies a value type, none, or the index of a type.
func (b *body) blockType() {
	t := b.signed(33)
	b.out = appendSigned(b.out, t)
	if t >= 0 {
		if t >= int64(len(b.w.signatures)) {
			b.fail("type %d does not exist", t)
			return
		}
		b.stack.open(b.w.signatures[t].params, b.w.signatures[t].results)
		return
	}
	switch t + 0x80 {
	case noType:
		b.stack.open(0, 0)
	case typeI32, typeI64, typeF32, typeF64, typeFuncref, typeExternref:
		b.stack.open(0, 1)
	default:
		b.fail("block type %d is not supported", t)
	}
}

// call hands the fuel over to the function called and takes back what is left. A host function costs much for a
// single instruction, so its block is checked.
func (b *body) call() {
	index := b.u32()
	switch {
	case uint64(index) >= uint64(len(b.w.funcs)):
		b.fail("function %d does not exist", index)
	case int(index) < b.w.imported:
		b.price += priceHostCall
		b.check = true
	}
	b.out = b.store(b.out)
	b.out = appendU32(append(b.out, opCall), index)
	b.out = b.load(b.out)
	if b.err == nil {
		b.called(b.w.funcs[index])
	}
}

// called follows the operands past a call of a function of that type.
func (b *body) called(signature uint32) {
	if sig := int(signature); sig < len(b.w.signatures) {
		b.stack.move(b.w.signatures[sig].params, b.w.signatures[sig].results)
	}
}

// callIndirect is called with the opcode already written: the fuel is stored before it.
func (b *body) callIndirect() {
	b.out = b.store(b.out[:len(b.out)-1])
	b.out = append(b.out, opCallIndirect)
	signature := b.copyIndex("type", len(b.w.signatures))
	b.copyIndex("table", b.w.tableCount)
	b.out = b.load(b.out)
	b.stack.move(1, 0)
	b.called(signature)
}

// store appends: global = local.
func (b *body) store(dst []byte) []byte {
	dst = appendU32(append(dst, opLocalGet), b.fuel)
	return appendU32(append(dst, opGlobalSet), b.w.current())
}

// load appends: local = global.
func (b *body) load(dst []byte) []byte {
	dst = appendU32(append(dst, opGlobalGet), b.w.current())
	return appendU32(append(dst, opLocalSet), b.fuel)
}
