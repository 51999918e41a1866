package fuel

// stack follows how many operands there are. It takes valid code for granted: what it says of other code does not matter,
// for no engine compiles that.
type stack struct {
	height int
	frames []frame // open blocks, the function's own first
}

// frame is an open block: the height below its parameters, and what it takes and leaves.
type frame struct{ base, params, results int }

// move takes some operands and puts others.
func (s *stack) move(pops, pushes int) { s.height = max(s.height-pops, s.base()) + pushes }

// base is where the innermost block begins. Code that cannot be reached may take more than there is.
func (s *stack) base() int {
	if len(s.frames) == 0 {
		return 0
	}
	return s.frames[len(s.frames)-1].base
}

func (s *stack) open(params, results int) {
	s.move(params, 0)
	s.frames = append(s.frames, frame{s.height, params, results})
	s.height += params
}

// again begins the second arm of an if.
func (s *stack) again() {
	if n := len(s.frames); n > 0 {
		s.height = s.frames[n-1].base + s.frames[n-1].params
	}
}

func (s *stack) end() {
	if n := len(s.frames); n > 0 {
		s.height = s.frames[n-1].base + s.frames[n-1].results
		s.frames = s.frames[:n-1]
	}
}

// unreachable is after what never goes on.
func (s *stack) unreachable() { s.height = s.base() }

// plain follows an instruction of the first page that only computes.
func (s *stack) plain(op byte) {
	switch {
	case op == opDrop || op == opLocalSet || op == opGlobalSet:
		s.move(1, 0)
	case op == opSelect || op == opSelectTyped:
		s.move(3, 1)
	case op == opLocalGet || op == opGlobalGet || op >= opI32Const && op <= opF64Const,
		op == opMemorySize || op == opRefNull || op == opRefFunc:
		s.move(0, 1)
	case op == opTableSet || op >= opFirstStore && op <= opLastAccess:
		s.move(2, 0)
	case halves(op):
		s.move(2, 1)
	}
}

// prefixed follows one of the second page.
func (s *stack) prefixed(op uint32) {
	switch op {
	case opMemoryInit, opMemoryCopy, opMemoryFill, opTableInit, opTableCopy, opTableFill:
		s.move(3, 0)
	case opTableGrow:
		s.move(2, 1)
	case opTableSize:
		s.move(0, 1)
	}
}

// halves reports whether an instruction makes one number of two.
func halves(op byte) bool {
	for _, r := range [...][2]byte{{0x46, 0x4f}, {0x51, 0x66}, {0x6a, 0x78}, {0x7c, 0x8a}, {0x92, 0x98}, {0xa0, 0xa6}} {
		if r[0] <= op && op <= r[1] {
			return true
		}
	}
	return false
}
