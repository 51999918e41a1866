package wasm

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	"github.com/grove-coordination/grove/wasm/fuel"
)

// instance is a running copy of a module. One goroutine has it at a time.
type instance struct {
	ctx     context.Context // carries the instance to the host functions; it never ends
	module  api.Module
	memory  api.Memory
	current api.MutableGlobal // the slice of fuel under way
	reserve api.MutableGlobal // the fuel beyond it

	alloc    api.Function
	validate api.Function
	stack    [2]uint64 // parameters and results of a call

	buffer uint32 // address of the guest's buffer for requests
	size   uint32 // of the buffer
	calls  int
	told   uint32 // bytes of memory that held knows of

	tree   sdk.Tree // of the write that is judged; nil when the module may not read it
	now    int64    // milliseconds since 1970: the guest's clock
	ticks  int64    // nanoseconds of the guest's monotonic clock
	random *rand.PCG
	output output
}

// newInstance starts the module, gives it its settings and asks for the buffer.
func newInstance(v *Validator) (in *instance, err error) {
	defer func() {
		if err != nil && in != nil {
			in.output.flush()
			in.close()
			in = nil
		}
	}()
	in = &instance{random: rand.NewPCG(1, 2), output: output{lines: v.lines}}
	in.ctx = context.WithValue(context.Background(), instanceKey{}, in)
	if err := in.start(v); err != nil {
		return in, err
	}
	if f := in.module.ExportedFunction(abi.ExportInitialize); f != nil {
		if _, err := in.call(f, startFuel); err != nil {
			return in, fmt.Errorf("%s: %w", abi.ExportInitialize, err)
		}
	}
	if err := in.reserveBuffer(abi.BufferSize, startFuel); err != nil {
		return in, err
	}
	return in, in.configure(v)
}

// start runs the module's start function, if it has one, on the fuel that was built in for it.
func (in *instance) start(v *Validator) (err error) {
	defer in.guard(&err)
	settings := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	module, err := v.runtime.InstantiateModule(in.ctx, v.compiled, settings)
	if err != nil {
		return fmt.Errorf("start: %s", firstLine(err))
	}
	in.module, in.memory = module, module.ExportedMemory(abi.ExportMemory)
	in.current = module.ExportedGlobal(fuel.Current).(api.MutableGlobal)
	in.reserve = module.ExportedGlobal(fuel.Reserve).(api.MutableGlobal)
	in.alloc = module.ExportedFunction(abi.ExportAlloc)
	in.validate = module.ExportedFunction(abi.ExportValidate)
	return nil
}

func (in *instance) configure(v *Validator) error {
	if v.settings == nil {
		return nil
	}
	size := len(v.settings)
	if err := in.fit(size, &v.limits, startFuel); err != nil {
		return err
	}
	lent, ok := in.memory.Read(in.buffer, uint32(size))
	if !ok {
		return outside(abi.ExportAlloc)
	}
	copy(lent, v.settings)
	f := in.module.ExportedFunction(abi.ExportConfigure)
	rejection, err := in.ask(f, size, startFuel, v.limits.answer)
	switch {
	case err != nil:
		return fmt.Errorf("settings: %w", err)
	case rejection != nil:
		tidy(rejection, 1)
		return fmt.Errorf("settings refused: %s", rejection.Reason)
	}
	return nil
}

// judge lets the guest judge the write. With an error the instance must not be used again.
func (in *instance) judge(write *sdk.Write, limits *limits) (*sdk.Rejection, error) {
	in.calls++
	in.now, in.tree = write.Time, write.Tree
	defer func() { in.tree = nil }()
	in.current.Set(limits.fuel) // so far nothing is used
	in.reserve.Set(0)
	size := abi.RequestSize(write)
	if err := in.fit(size, limits, limits.fuel); err != nil {
		return nil, err
	}
	lent, ok := in.memory.Read(in.buffer, uint32(size))
	if !ok {
		return nil, outside(abi.ExportAlloc)
	}
	abi.AppendRequest(lent[:0], write)
	rejection, err := in.ask(in.validate, size, limits.fuel, limits.answer)
	if rejection != nil {
		tidy(rejection, len(write.Ops))
	}
	return rejection, err
}

// ask calls a function with what lies in the buffer and reads its answer.
func (in *instance) ask(f api.Function, size int, fuel uint64, most uint32) (*sdk.Rejection, error) {
	place, err := in.call(f, fuel, uint64(in.buffer), uint64(size))
	if err != nil {
		return nil, err
	}
	return in.verdict(place, most)
}

// fit asks the guest for a larger buffer when this one is too small.
func (in *instance) fit(size int, limits *limits, fuel uint64) error {
	switch {
	case uint64(size) <= uint64(in.size):
		return nil
	case uint64(size) > uint64(limits.pages)*pageSize:
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, size)
	}
	return in.reserveBuffer(uint32(size), fuel)
}

func (in *instance) reserveBuffer(size uint32, fuel uint64) error {
	address, err := in.call(in.alloc, fuel, uint64(size))
	if err != nil {
		return fmt.Errorf("%s(%d): %w", abi.ExportAlloc, size, err)
	}
	in.buffer, in.size = uint32(address), size
	if _, ok := in.memory.Read(in.buffer, in.size); !ok {
		return outside(abi.ExportAlloc)
	}
	return nil
}

func outside(what string) error { return fmt.Errorf("%w: %s: outside of memory", ErrAnswer, what) }

// verdict reads what a call answered.
func (in *instance) verdict(place uint64, most uint32) (*sdk.Rejection, error) {
	if place == 0 {
		return nil, nil
	}
	address, size := abi.Unplace(place)
	if size > most {
		return nil, fmt.Errorf("%w: verdict of %d bytes, more than the limit of %d", ErrAnswer, size, most)
	}
	answer, ok := in.memory.Read(address, size)
	if !ok {
		return nil, outside("verdict")
	}
	rejection, err := abi.DecodeVerdict(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: verdict of %d bytes", ErrAnswer, size)
	}
	return rejection, nil
}

// call runs a function of the guest within the fuel.
func (in *instance) call(f api.Function, budget uint64, params ...uint64) (result uint64, err error) {
	defer in.guard(&err)
	first := min(budget, fuel.Slice)
	in.current.Set(first)
	in.reserve.Set(budget - first)
	copy(in.stack[:], params)
	err = f.CallWithStack(in.ctx, in.stack[:])
	switch {
	case in.exhausted():
		return 0, fmt.Errorf("%w: %d", ErrFuel, budget)
	case err != nil:
		return 0, trap(err)
	}
	return in.stack[0], nil
}

// exhausted holds when the fuel ended the call, and when the guest returned owing some.
func (in *instance) exhausted() bool {
	reserve := int64(in.reserve.Get())
	return reserve < 0 || int64(in.current.Get())+reserve < 0
}

// used is what the last call took of its budget; all of it when that was not enough.
func (in *instance) used(budget uint64) uint64 {
	if in.exhausted() {
		return budget
	}
	return budget - in.current.Get() - in.reserve.Get()
}

// guard turns a panic of the engine into an error: it must not take the node down.
func (in *instance) guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: engine: %v", ErrTrap, p)
	}
}

func (in *instance) close() {
	if in.module == nil {
		return
	}
	if err := in.module.Close(context.Background()); err != nil {
		in.output.lines.logger.Warn("instance does not close", "error", err)
	}
}
