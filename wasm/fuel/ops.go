package fuel

// The opcodes that the rewriting itself emits or treats apart.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opFirstAccess  = 0x28 // i32.load
	opFirstStore   = 0x36 // i32.store
	opLastAccess   = 0x3e // i64.store32
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opFirstPlain   = 0x45 // i32.eqz
	opI32LtU       = 0x49
	opI64LtS       = 0x53
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64Mul       = 0x7e
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opLastPlain    = 0xc4 // i64.extend32_s
	opRefNull      = 0xd0
	opRefIsNull    = 0xd1
	opRefFunc      = 0xd2
	opPrefix       = 0xfc
)

// The instructions after opPrefix.
const (
	opLastTruncate = 7 // i64.trunc_sat_f64_u
	opMemoryInit   = 8
	opDataDrop     = 9
	opMemoryCopy   = 10
	opMemoryFill   = 11
	opTableInit    = 12
	opElemDrop     = 13
	opTableCopy    = 14
	opTableGrow    = 15
	opTableSize    = 16
	opTableFill    = 17
)

// Prices beyond 1. See the package comment.
const (
	priceHostCall = 1000
	priceLeave    = 64 // leaves native code
	priceBulk     = 16
	bytesPerFuel  = 5 // as a shift: 32 bytes
	priceOfPage   = 65536 >> bytesPerFuel
)
