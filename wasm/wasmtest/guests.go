package wasmtest

import "strings"

// Body is the code of a function "run" with an i32 parameter and an i32 result, in local 0.
type Body struct {
	Name string
	Code []byte
}

// Bombs never end by themselves, or only after a very long time. Function 0 is the one with the body, its parameter
// is not looked at.
var Bombs = []Body{
	{"loop", Code(0x03, 0x40, 0x0c, 0, 0x0b, I32(0))},
	{"loop behind empty headers", Code(0x03, 0x40, 0x03, 0x40, 0x03, 0x40, 0x0b, 0x0b, 0x0c, 0, 0x0b, I32(0))},
	// run(n) = n == 0 ? 0 : run(n-1) + run(n-1), with n from 60
	{"calls without a loop", Code(0x20, 0, 0x45, 0x04, 0x7f, I32(0), 0x05,
		0x20, 0, I32(1), 0x6b, 0x10, 0, 0x20, 0, I32(1), 0x6b, 0x10, 0, 0x6a, 0x0b)},
	{"recursion", Code(0x20, 0, 0x10, 0, I32(1), 0x6a)},
	{"recursion through a table", Code(0x20, 0, I32(0), 0x11, 0, 0, I32(1), 0x6a)},
	{"memory growth", Code(0x03, 0x40, I32(1), 0x40, 0, 0x1a, 0x0c, 0, 0x0b, I32(0))},
	{"memory growth by too much", Code(0x03, 0x40, I32(-1), 0x40, 0, 0x1a, 0x0c, 0, 0x0b, I32(0))},
	{"memory.fill in a loop", Code(0x03, 0x40, I32(0), I32(7), I32(65536), 0xfc, 11, 0, 0x0c, 0, 0x0b, I32(0))},
	{"memory.copy in a loop", Code(0x03, 0x40, I32(0), I32(1), I32(65535), 0xfc, 10, 0, 0, 0x0c, 0, 0x0b, I32(0))},
	{"huge memory.fill", Code(I32(0), I32(7), I32(-1), 0xfc, 11, 0, I32(0))},
	{"table growth", Code(0x03, 0x40, 0xd0, 0x70, I32(1), 0xfc, 15, 0, 0x1a, 0x0c, 0, 0x0b, I32(0))},
	{"br_table", Code(0x03, 0x40, 0x20, 0, 0x0e, 2, 0, 0, 0, 0x0b, I32(0))},
	{"br_if", Code(0x03, 0x40, I32(1), 0x0d, 0, 0x0b, I32(0))},
}

// Bomb is a module that exports the body as run.
func Bomb(code []byte) Module {
	return Module{
		Pages: 1, Table: 4, Elements: []uint32{0},
		Funcs: []Func{{Export: "run", Sig: "i:i", Body: code}},
	}
}

// Guest is a module with the exports of a validator. Its grove_validate has the body given; function 1 returns
// its first parameter. Requests go to address 1024.
func Guest(validate []byte) Module {
	return Module{
		Pages: 2, Table: 4, Elements: []uint32{0},
		Funcs: []Func{
			{Export: "grove_validate", Sig: "ii:I", Locals: "iI", Body: validate},
			{Export: "identity", Sig: "i:i", Body: Code(0x20, 0)},
			{Export: "grove_abi_v1", Sig: ":i", Body: I32(1)},
			{Export: "grove_alloc", Sig: "i:i", Body: I32(1024)},
		},
	}
}

// BombGuest is a validator that calls the bomb for every write, with 60.
func BombGuest(bomb Body) Module {
	module := Guest(Code(I32(60), 0x10, 4, 0xac))
	module.Funcs = append(module.Funcs, Func{Sig: "i:i", Body: retarget(bomb.Code)})
	module.Elements = []uint32{4}
	return module
}

// retarget makes a bomb that calls function 0, or through type 0, do so with 4.
func retarget(code []byte) []byte {
	return []byte(strings.NewReplacer("\x10\x00", "\x10\x04", "\x11\x00\x00", "\x11\x04\x00").Replace(string(code)))
}
