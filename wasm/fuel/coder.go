package fuel

// The value types of WebAssembly 2.0 without vectors.
const (
	typeI32       = 0x7f
	typeI64       = 0x7e
	typeF32       = 0x7d
	typeF64       = 0x7c
	typeFuncref   = 0x70
	typeExternref = 0x6f
	typeFunc      = 0x60
	noType        = 0x40 // of a block without results
)

// coder reads a piece of a module and writes it anew in its only canonical form. Its methods read one thing, write
// it to out and return it.
type coder struct {
	reader
	out []byte
}

func (c *coder) copyByte() byte {
	b := c.byte()
	c.out = append(c.out, b)
	return b
}

func (c *coder) copyU32() uint32 {
	value := c.u32()
	c.out = appendU32(c.out, value)
	return value
}

func (c *coder) copySigned(bits int) { c.out = appendSigned(c.out, c.signed(bits)) }

func (c *coder) copyBytes() { c.out = append(c.out, c.bytes(c.copyU32())...) }

func (c *coder) copyName() string {
	name := c.name()
	c.out = appendU32(c.out, uint32(len(name)))
	c.out = append(c.out, name...)
	return name
}

// copyCount writes more than it reads when entries are going to be appended.
func (c *coder) copyCount(extra int) uint32 {
	n := c.count()
	c.out = appendU32(c.out, n+uint32(extra))
	return n
}

// copyIndex refuses what is not below count. This is what keeps a guest away from everything that is appended.
func (c *coder) copyIndex(what string, count int) uint32 {
	index := c.u32()
	if uint64(index) >= uint64(count) {
		c.fail("%s %d does not exist", what, index)
	}
	c.out = appendU32(c.out, index)
	return index
}

// copyZero copies a byte that can only be zero: the memory, of which there is one, or the kind of an element.
func (c *coder) copyZero() {
	if b := c.copyByte(); b != 0 {
		c.fail("%#x where only 0 is supported", b)
	}
}

func (c *coder) copyValueType() byte {
	t := c.copyByte()
	switch t {
	case typeI32, typeI64, typeF32, typeF64, typeFuncref, typeExternref:
	default:
		c.fail("value type %#x is not supported", t)
	}
	return t
}

func (c *coder) copyRefType() {
	if t := c.copyByte(); t != typeFuncref && t != typeExternref {
		c.fail("reference type %#x is not supported", t)
	}
}

// copyLimits copies the size of a memory or table and lowers its maximum to most.
func (c *coder) copyLimits(what, unit string, most uint32) {
	flag := c.byte()
	if flag > 1 {
		c.fail("%s of kind %#x is not supported", what, flag)
	}
	least, maximum := c.u32(), most
	if flag == 1 {
		maximum = min(maximum, c.u32())
	}
	if least > most {
		c.fail("%s of %d %s is larger than the limit of %d", what, least, unit, most)
	}
	c.out = append(c.out, 1)
	c.out = appendU32(c.out, least)
	c.out = appendU32(c.out, maximum)
}
