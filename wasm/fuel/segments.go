package fuel

func (w *rewriter) data(c *coder) {
	n := c.copyCount(0)
	if w.counted && n != w.segments {
		c.fail("%d segments where %d were announced", n, w.segments)
	}
	for range n {
		switch flag := c.copyU32(); flag {
		case 0:
			w.constant(c)
		case 1:
		case 2:
			c.copyIndex("memory", 1)
			w.constant(c)
		default:
			c.fail("segment of kind %#x is not supported", flag)
		}
		c.copyBytes()
	}
}

// The bits of an element segment's kind.
const (
	elementPassive     = 1 // or declared
	elementExplicit    = 2 // names its table when it is not passive
	elementExpressions = 4
)

func (w *rewriter) elements(c *coder) {
	w.elementCount = int(c.copyCount(0))
	for range w.elementCount {
		kind := c.copyU32()
		if kind > 7 {
			c.fail("segment of kind %#x is not supported", kind)
		}
		if kind&elementPassive == 0 {
			if kind&elementExplicit != 0 {
				c.copyIndex("table", w.tableCount)
			}
			w.constant(c)
		}
		w.elementList(c, kind)
	}
}

func (w *rewriter) elementList(c *coder, kind uint32) {
	expressions := kind&elementExpressions != 0
	switch typed := kind&(elementPassive|elementExplicit) != 0; {
	case typed && expressions:
		c.copyRefType()
	case typed:
		c.copyZero() // elements are functions
	}
	for range c.copyCount(0) {
		if expressions {
			w.constant(c)
		} else {
			w.functionValue(c)
		}
	}
}
