package wasm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// refusing is a module that always answers with the rejection.
func refusing(rejection sdk.Rejection) []byte {
	verdict := abi.AppendVerdict(nil, &rejection)
	return with(func(m *Module) {
		m.Segments = [][]byte{verdict}
		m.Funcs[0].Body = refuseWith(verdict)
	})
}

func TestRejections(t *testing.T) {
	long := strings.Repeat("ü", 300)
	tests := []struct{ answer, want sdk.Rejection }{
		{sdk.Rejection{Op: 0, Code: sdk.CodeNoAuth, Reason: "no"}, sdk.Rejection{Op: 0, Code: sdk.CodeNoAuth, Reason: "no"}},
		{sdk.Rejection{Op: 9, Code: sdk.CodeNoNode, Reason: "a\nb"}, sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "a b"}},
		{sdk.Rejection{Code: 77, Reason: "x" + long}, sdk.Rejection{Code: sdk.CodeBadArguments, Reason: ("x" + long)[:511]}},
		{sdk.Rejection{Reason: "\xff\xfe"}, sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "\ufffd"}},
	}
	e := newEngine(t, Config{})
	for _, test := range tests {
		err := load(t, e, sdk.Module{Code: refusing(test.answer)}).Validate(t.Context(), set("/a", "x"))
		got, ok := errors.AsType[*sdk.Rejection](err)
		if !ok || *got != test.want {
			t.Errorf("answer %+v became %v, want %+v", test.answer, err, test.want)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name string
		code []byte
		want error
		text string
	}{
		{"endless loop", Code(0x03, 0x40, 0x0c, 0, 0x0b, I64(0)), ErrFuel, "fuel exhausted: 10000000"},
		{"unreachable", Code(0), ErrTrap, "module trapped: unreachable"},
		{"out of bounds", Code(I32(-1), 0x29, 3, 0), ErrTrap, "module trapped: out of bounds memory access"},
		{"division by zero", Code(I64(1), I64(0), 0x7f), ErrTrap, "integer divide by zero"},
		{"verdict outside of memory", I64(-1<<32 + 100), ErrAnswer, "verdict: outside of memory"},
		{"verdict too large", I64(5000), ErrAnswer, "verdict of 5000 bytes, more than the limit of 4096"},
		{"verdict that is none", I64(64), ErrAnswer, "verdict of 64 bytes"},
		{"verdict of no bytes", I64(1 << 32), ErrAnswer, "verdict of 0 bytes"},
	}
	e := newEngine(t, Config{Instances: 1})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := load(t, e, sdk.Module{Name: "bad", Code: Guest(test.code).Encode()})
			for range 3 { // the place of the instance must not be lost
				err := v.Validate(t.Context(), set("/a", "x"))
				fault, ok := errors.AsType[*Fault](err)
				if !ok || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || fault.Validator != "bad" {
					t.Fatalf("%v, want %q", err, test.text)
				}
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("more than a line: %q", err)
				}
			}
		})
	}
}

func TestBombsAsValidators(t *testing.T) {
	e := newEngine(t, Config{Instances: 1})
	for _, bomb := range Bombs {
		t.Run(bomb.Name, func(t *testing.T) {
			v := load(t, e, sdk.Module{Code: BombGuest(bomb).Encode()})
			err := v.Validate(t.Context(), set("/a", "x"))
			if !errors.Is(err, ErrFuel) && !errors.Is(err, ErrTrap) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestRequestReachesTheGuest reads the request's fields where the layout says they are.
func TestRequestReachesTheGuest(t *testing.T) {
	// admits when the session at offset 20 is the one that set makes, else returns a place outside of memory
	v := load(t, newEngine(t, Config{}), sdk.Module{
		Code: Guest(Code(0x20, 0, 0x29, 0, 20, I64(7), 0x51, 0x04, 0x7e, I64(0), 0x05, I64(-1), 0x0b)).Encode(),
	})
	write := set("/a", "x")
	if err := v.Validate(t.Context(), write); err != nil {
		t.Error(err)
	}
	write.Session = 8
	if err := v.Validate(t.Context(), write); !errors.Is(err, ErrAnswer) {
		t.Error(err)
	}
}

func TestLargeWrites(t *testing.T) {
	e := newEngine(t, Config{})
	small := load(t, e, sdk.Module{Code: with(func(*Module) {})}) // two pages: its grove_alloc lies
	if err := small.Validate(t.Context(), set("/a", strings.Repeat("x", 200_000))); !errors.Is(err, ErrAnswer) {
		t.Errorf("larger than the memory is: %v", err)
	}
	if err := small.Validate(t.Context(), set("/a", strings.Repeat("x", 17<<20))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("larger than the memory may be: %v", err)
	}
	guest := load(t, e, sdk.Module{Code: Build(t, typedGuest), Fuel: 100_000_000})
	for _, size := range []int{70_000, 10, 1 << 20} {
		if err := guest.Validate(t.Context(), set("/a", `"`+strings.Repeat("x", size)+`"`)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestConcurrentCallsAndClose(t *testing.T) {
	v := load(t, newEngine(t, Config{Instances: 3}), sdk.Module{
		Code: refusing(sdk.Rejection{Code: sdk.CodeNoAuth, Reason: "no"}),
	})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 500 {
				err := v.Validate(context.Background(), set("/a", "x"))
				if errors.Is(err, ErrClosed) {
					return
				}
				if rejection, ok := errors.AsType[*sdk.Rejection](err); !ok || rejection.Reason != "no" {
					t.Errorf("%v", err)
					return
				}
			}
		})
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if err := v.Validate(t.Context(), set("/a", "x")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestWaitEndsWithContext holds the only instance and lets a call wait for it.
func TestWaitEndsWithContext(t *testing.T) {
	v := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Code: with(func(*Module) {})})
	in, err := v.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Validate(ctx, set("/a", "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	v.give(in, false)
	if err := v.Validate(t.Context(), set("/a", "x")); err != nil {
		t.Error(err)
	}
}

// TestInstancesAreReplaced after a fault and after many calls, and used again otherwise.
func TestInstancesAreReplaced(t *testing.T) {
	v := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Code: with(func(*Module) {})})
	current := func() *instance {
		in, err := v.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	first := current()
	v.give(first, false)
	if in := current(); in != first {
		t.Error("not used again")
	}
	v.give(first, true)
	second := current()
	if second == first {
		t.Error("used again after a fault")
	}
	second.calls = maxCalls
	v.give(second, false)
	third := current()
	if third == second {
		t.Error("used again after many calls")
	}
	v.give(third, false)
}

func TestAdmittingDoesNotAllocate(t *testing.T) {
	v := load(t, newEngine(t, Config{}), sdk.Module{Code: Build(t, typedGuest)})
	ctx, write := t.Context(), set("/config/a", `{"a": 1}`)
	if n := testing.AllocsPerRun(1000, func() {
		if err := v.Validate(ctx, write); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestFuelIsMeasured of calls that admit, each of which looks at every byte, and of one that its budget does not
// suffice for.
func TestFuelIsMeasured(t *testing.T) {
	v := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Code: checksum(), Fuel: 100_000})
	for _, size := range []int{1000, 10, 5000} {
		fuel, err := v.Measure(t.Context(), set("/a", strings.Repeat("x", size)))
		if _, failed := errors.AsType[*Fault](err); failed || fuel < uint64(size) || fuel >= 100_000 {
			t.Errorf("%d bytes: %d fuel, %v", size, fuel, err)
		}
	}
	if fuel, err := v.Measure(t.Context(), set("/a", strings.Repeat("x", 50_000))); !errors.Is(err, ErrFuel) || fuel != 100_000 {
		t.Errorf("%d fuel, %v", fuel, err)
	}
}

// TestInstancesAreCounted from the first to the last, with what their memories have grown to.
func TestInstancesAreCounted(t *testing.T) {
	expect := func(v *Validator, when string, count int, bytes uint64) {
		t.Helper()
		if gotCount, gotBytes := v.Instances(); gotCount != count || gotBytes != bytes {
			t.Errorf("%s: %d of %d bytes, want %d of %d", when, gotCount, gotBytes, count, bytes)
		}
	}
	v := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Code: with(func(m *Module) {
		m.Funcs[0].Body = Code(I32(1), 0x40, 0, 0x1a, I64(0)) // a page more with every call
	}), Memory: 4 * pageSize})
	expect(v, "loaded", 1, 2*pageSize)
	for i, pages := range []uint64{3, 4, 4} {
		fuel, err := v.Measure(t.Context(), set("/a", "x"))
		if err != nil || fuel < 2000 || fuel > 3000 {
			t.Errorf("call %d: %d fuel, %v", i, fuel, err)
		}
		expect(v, "after a call", 1, pages*pageSize)
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	expect(v, "closed", 0, 0)
	loop := load(t, newEngine(t, Config{Instances: 1}), sdk.Module{Code: Guest(Code(0x03, 0x40, 0x0c, 0, 0x0b, I64(0))).Encode()})
	if fuel, err := loop.Measure(t.Context(), set("/a", "x")); !errors.Is(err, ErrFuel) || fuel != 10_000_000 {
		t.Errorf("%d fuel, %v", fuel, err)
	}
	expect(loop, "after a fault", 0, 0)
}
