package fuel_test

import (
	"runtime"
	"strings"
	"testing"

	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

func TestBombs(t *testing.T) {
	budgets := map[string]int64{"compiler": 10_000_000, "interpreter": 1_000_000}
	for engine, config := range engines {
		for _, bomb := range Bombs {
			t.Run(engine+"/"+bomb.Name, func(t *testing.T) {
				p := startMetered(t, config, Bomb(bomb.Code).Encode())
				_, _, err := p.run(t, budgets[engine], 60)
				if err == nil {
					t.Fatal("it ended")
				}
				overflow := strings.Contains(err.Error(), "stack overflow") && strings.Contains(bomb.Name, "recursion")
				if !p.exhausted() && !overflow {
					t.Errorf("ended by %v", err)
				}
			})
		}
	}
}

// TestCollectorGetsItsTurn collects garbage while a guest that never ends is in machine code. Without slices the
// first round would end when the guest's fuel does, and the others after that.
func TestCollectorGetsItsTurn(t *testing.T) {
	tests := []Body{
		{Name: "loop", Code: Code(0x03, 0x40, 0x0c, 0, 0x0b, I32(0))},
		{Name: "calls without a loop", Code: Code(0x20, 0, 0x45, 0x04, 0x7f, I32(0), 0x05,
			0x20, 0, I32(1), 0x6b, 0x10, 2, 0x20, 0, I32(1), 0x6b, 0x10, 2, 0x6a, 0x0b)},
		{Name: "memory.fill in a loop", Code: Code(0x03, 0x40, I32(0), I32(7), I32(65536), 0xfc, 11, 0, 0x0c, 0, 0x0b, I32(0))},
	}
	for _, test := range tests {
		t.Run(test.Name, func(t *testing.T) {
			p := startMetered(t, engines["compiler"], Module{Pages: 1, Imports: hostNext(), Funcs: []Func{
				{Export: "run", Sig: "i:i", Body: Code(I32(started), 0x10, 0, 0x1a, I32(60), 0x10, 2)},
				{Sig: "i:i", Body: test.Code},
			}}.Encode())
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				if _, _, err := p.run(t, 1_500_000_000, 0); err == nil || !p.exhausted() {
					t.Errorf("ended by %v", err)
				}
			}()
			<-p.started
			for range 3 {
				runtime.GC()
			}
			select {
			case <-ended:
				t.Error("the collector had to wait for the guest")
			default:
			}
			<-ended
		})
	}
}

// programs each compute something of their parameter.
var programs = []struct {
	name   string
	module Module
	inputs []int32
}{
	{"fibonacci by recursion", Bomb(Code(0x20, 0, I32(2), 0x48, 0x04, 0x7f, 0x20, 0, 0x05,
		0x20, 0, I32(1), 0x6b, 0x10, 0, 0x20, 0, I32(2), 0x6b, 0x10, 0, 0x6a, 0x0b)), []int32{0, 1, 2, 20}},
	{"sum in a loop", Bomb2("i", Code(0x03, 0x40, 0x20, 0, 0x20, 1, 0x6a, 0x21, 1,
		0x20, 0, I32(1), 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x20, 1)), []int32{1, 2, 1000, 200_000}},
	{"return and branches out of the function", Bomb(Code(
		0x20, 0, 0x45, 0x04, 0x40, I32(100), 0x0f, 0x0b,
		0x20, 0, I32(1), 0x46, 0x04, 0x40, I32(200), 0x0c, 1, 0x0b,
		I32(300), 0x20, 0, I32(2), 0x46, 0x0d, 0, 0x1a, I32(400))), []int32{0, 1, 2, 3}},
	{"br_table", Bomb(Code(0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 2, 0, 1, 2, 0x0b,
		I32(10), 0x0f, 0x0b, I32(20), 0x0f, 0x0b, I32(30))), []int32{0, 1, 2, 9, -1}},
	{"calls through a table", Module{Pages: 1, Table: 3, Elements: []uint32{1, 2}, Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(0x20, 0, 0x20, 0, I32(1), 0x71, 0x11, 0, 0)},
		{Sig: "i:i", Body: Code(0x20, 0, I32(3), 0x6c)},
		{Sig: "i:i", Body: Code(0x20, 0, I32(5), 0x6a)},
	}}, []int32{4, 5}},
	{"several results", Module{Pages: 1, Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(0x20, 0, 0x10, 1, 0x6b)},
		{Sig: "i:ii", Body: Code(0x20, 0, I32(2), 0x6c, 0x20, 0, 0x20, 0, I32(7), 0x4a, 0x0d, 0, 0x1a, 0x1a,
			0x20, 0, I32(1))},
	}}, []int32{8, 20}},
	{"blocks with parameters", Module{Pages: 1, Funcs: []Func{
		{Export: "run", Sig: "i:i", Locals: "i", Body: Code(0x20, 0, I32(9), 0x03, 1, 0x6a,
			0x20, 1, I32(1), 0x6a, 0x22, 1, 0x20, 1, I32(5), 0x48, 0x0d, 0, 0x6a, 0x0b)},
		{Sig: "ii:i", Body: I32(0)},
	}}, []int32{1, 50}},
	{"memory", Bomb(Code(I32(16), 0x20, 0, I32(100), 0xfc, 11, 0, I32(400), I32(40), I32(60), 0xfc, 10, 0, 0,
		I32(1), 0x40, 0, 0x3f, 0, 0x6a, I32(416), 0x28, 2, 0, 0x6a, I32(-1), 0x40, 0, 0x6a)), []int32{1, 77}},
	{"memory by length", Module{Pages: 1, Segments: [][]byte{[]byte("passive data")}, Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(I32(8), I32(0), 0x20, 0, 0xfc, 8, 0, 0, I32(8), 0x28, 2, 4)},
	}}, []int32{0, 12, 13}},
	{"table", Module{Pages: 1, Table: 4, Elements: []uint32{1}, Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(0xd2, 1, 0x20, 0, 0xfc, 15, 0, 0x1a, I32(1), 0xd2, 1, I32(2), 0xfc, 17, 0,
			0x20, 0, 0x20, 0, 0x11, 0, 0, 0xfc, 16, 0, 0x6a)},
		{Sig: "i:i", Body: Code(0x20, 0, I32(3), 0x6c)},
	}}, []int32{0, 1, 2, 3, 6}},
	{"traps", Bomb(Code(I32(1), 0x20, 0, 0x6d, 0x20, 0, 0x28, 2, 0, 0x6a)), []int32{0, 1, 65536}},
	{"host functions", Module{Pages: 1, Imports: hostNext(), Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(0x20, 0, 0x10, 0, 0x10, 0)},
	}}, []int32{40}},
	{"globals and floats", Module{Pages: 1, Globals: []int64{40, 2}, Funcs: []Func{
		{Export: "run", Sig: "i:i", Body: Code(0x23, 0, 0x23, 1, 0x7c, 0x24, 0, 0x23, 0, 0xb9,
			0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0xa0, 0xfc, 2)},
	}}, []int32{0}},
}

// Bomb2 is Bomb with locals.
func Bomb2(locals string, code []byte) Module {
	module := Bomb(code)
	module.Funcs[0].Locals = locals
	return module
}

// TestSameBehaviour holds rewritten programs against the originals, and the fuel of the engines against each other.
func TestSameBehaviour(t *testing.T) {
	for _, program := range programs {
		t.Run(program.name, func(t *testing.T) {
			module := program.module.Encode()
			for _, input := range program.inputs {
				want, _, plainErr := start(t, engines["compiler"], module).run(t, 0, input)
				compiled := startMetered(t, engines["compiler"], module)
				got, used, err := compiled.run(t, 100_000_000, input)
				if got != want || (err == nil) != (plainErr == nil) || compiled.exhausted() {
					t.Errorf("run(%d) = %d, %v; the original says %d, %v", input, got, err, want, plainErr)
				}
				again, usedAgain, errAgain := startMetered(t, engines["interpreter"], module).run(t, 100_000_000, input)
				if again != got || usedAgain != used || (errAgain == nil) != (err == nil) {
					t.Errorf("run(%d) burned %d compiled (%v) and %d interpreted (%v)", input, used, err, usedAgain, errAgain)
				}
			}
		})
	}
}

// TestExactBudget runs each program with just enough fuel, and with a unit less.
func TestExactBudget(t *testing.T) {
	for _, program := range programs {
		t.Run(program.name, func(t *testing.T) {
			p := startMetered(t, engines["compiler"], program.module.Encode())
			for _, input := range program.inputs {
				_, used, err := p.run(t, 100_000_000, input)
				if err != nil {
					continue
				}
				fresh := startMetered(t, engines["compiler"], program.module.Encode())
				if _, _, err := fresh.run(t, used, input); err != nil || fresh.left() != 0 {
					t.Errorf("run(%d) with %d: %v, %d left", input, used, err, fresh.left())
				}
				fresh = startMetered(t, engines["compiler"], program.module.Encode())
				if _, _, err := fresh.run(t, used-1, input); err == nil && fresh.left() >= 0 {
					t.Errorf("run(%d) with %d ended, %d left", input, used-1, fresh.left())
				}
			}
		})
	}
}

// TestPrices pins what the package comment promises.
func TestPrices(t *testing.T) {
	tests := []struct {
		name   string
		module Module
		want   int64
	}{
		{"a constant", Bomb(I32(0)), 1},
		{"two locals", Bomb2("ii", I32(0)), 3},
		{"memory.fill of nothing", Bomb(Code(I32(0), I32(0), I32(0), 0xfc, 11, 0, I32(0))), 5 + 16},
		{"memory.fill of 64 KiB", Bomb(Code(I32(0), I32(0), I32(65536), 0xfc, 11, 0, I32(0))), 5 + 16 + 2048},
		{"memory.grow by a page", Bomb(Code(I32(1), 0x40, 0)), 2 + 64 + 2048},
		{"memory.grow by far too much", Bomb(Code(I32(-1), 0x40, 0)), 2 + 64 + 256*2048},
		{"loop of three rounds", Bomb2("i", Code(0x03, 0x40, 0x20, 1, I32(1), 0x6a, 0x22, 1, I32(3), 0x49, 0x0d, 0, 0x0b,
			I32(0))), 1 + 3*7 + 1},
		{"host function", Module{Pages: 1, Imports: hostNext(), Funcs: []Func{
			{Export: "run", Sig: "i:i", Body: Code(0x20, 0, 0x10, 0)}}}, 2 + 1000},
	}
	for _, test := range tests {
		_, used, err := startMetered(t, engines["compiler"], test.module.Encode()).run(t, 10_000_000, 0)
		if err != nil || used != test.want {
			t.Errorf("%s burned %d, want %d (%v)", test.name, used, test.want, err)
		}
	}
}
