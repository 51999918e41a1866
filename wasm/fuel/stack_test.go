package fuel

import "testing"

// TestStack follows operands through code as it could stand in a module.
func TestStack(t *testing.T) {
	var s stack
	expect := func(what string, height int) {
		t.Helper()
		if s.height != height {
			t.Errorf("%s: %d operands, want %d", what, s.height, height)
		}
	}
	for _, op := range []byte{opI32Const, opLocalGet, opI32Const, 0x6a, opLocalTee, opFirstAccess} {
		s.plain(op)
	}
	expect("constant, local, constant, add, tee, load", 2)
	s.open(1, 2)
	expect("a block of one parameter", 2)
	s.plain(opI64Const)
	s.plain(0x50) // i64.eqz
	expect("in it", 3)
	s.unreachable()
	expect("after a branch", 1)
	s.plain(0x6a)
	expect("a sum of what is not there", 2)
	s.again()
	expect("the other arm", 2)
	s.end()
	expect("its two results", 3)
	s.plain(opSelect)
	expect("select", 1)
	s.prefixed(opTableSize)
	s.prefixed(opTableGrow)
	expect("table.size, table.grow", 1)
	s.plain(opFirstStore)
	expect("store", 0)
	s.end()
	s.again()
	expect("more ends than blocks", 0)
}
