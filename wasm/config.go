package wasm

import (
	"cmp"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/grove-coordination/grove/sdk"
)

// Config says what modules may use. Zero values mean the defaults named here.
type Config struct {
	Logger   *slog.Logger // nil: slog.Default()
	CacheDir string       // keeps compiled code between starts; "" for none

	Fuel      uint64 // of one call, when the module does not say: 10 million
	MaxFuel   uint64 // the most a module may say: 100 million
	Memory    uint64 // bytes of one instance, when the module does not say: 16 MiB
	MaxMemory uint64 // the most a module may say: 64 MiB
	MaxModule int    // bytes of a module's code: 8 MiB
	MaxAnswer uint32 // bytes of a verdict: 4 KiB
	Instances int    // of each module: GOMAXPROCS

	// Interpreter runs modules without compiling them to machine code: slower by 25 to 50 times, with the same fuel.
	Interpreter bool
}

const (
	mib      = 1 << 20
	pageSize = 64 << 10

	startFuel   = 1_000_000_000 // for what a module does before its first write: start, _initialize, settings
	maxSettings = mib
	maxCalls    = 100_000 // of one instance
	maxReason   = 512     // bytes
)

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Fuel = cmp.Or(c.Fuel, 10_000_000)
	c.MaxFuel = cmp.Or(c.MaxFuel, 100_000_000)
	c.Memory = cmp.Or(c.Memory, 16*mib)
	c.MaxMemory = cmp.Or(c.MaxMemory, 64*mib)
	c.MaxModule = cmp.Or(c.MaxModule, 8*mib)
	c.MaxAnswer = cmp.Or(c.MaxAnswer, 4<<10)
	c.Instances = cmp.Or(c.Instances, runtime.GOMAXPROCS(0))
	return c
}

// validate refuses a configuration that contradicts itself.
func (c Config) validate() error {
	switch {
	case c.Fuel > c.MaxFuel:
		return fmt.Errorf("wasm: fuel %d is more than the maximum of %d", c.Fuel, c.MaxFuel)
	case c.MaxFuel > 1<<60:
		return fmt.Errorf("wasm: fuel %d is more than can be counted", c.MaxFuel)
	case c.Memory > c.MaxMemory:
		return fmt.Errorf("wasm: memory of %d bytes is more than the maximum of %d", c.Memory, c.MaxMemory)
	case c.MaxMemory < pageSize || c.MaxMemory > 4<<30:
		return fmt.Errorf("wasm: memory of %d bytes is not between 64 KiB and 4 GiB", c.MaxMemory)
	case c.MaxModule < 0 || c.Instances < 0:
		return fmt.Errorf("wasm: negative limit")
	}
	return nil
}

// limits are those of one module.
type limits struct {
	fuel   uint64
	pages  uint32
	answer uint32
}

// limitsOf takes the module's own where it has them, and refuses what is beyond the maximum.
func (c Config) limitsOf(module *sdk.Module) (limits, error) {
	fuel, memory := cmp.Or(module.Fuel, c.Fuel), cmp.Or(module.Memory, c.Memory)
	switch {
	case len(module.Code) > c.MaxModule:
		return limits{}, fmt.Errorf("%d bytes, more than the limit of %d", len(module.Code), c.MaxModule)
	case len(module.Settings) > maxSettings:
		return limits{}, fmt.Errorf("settings of %d bytes, more than the limit of %d", len(module.Settings), maxSettings)
	case fuel > c.MaxFuel:
		return limits{}, fmt.Errorf("fuel of %d, more than the limit of %d", fuel, c.MaxFuel)
	case memory > c.MaxMemory:
		return limits{}, fmt.Errorf("memory of %d bytes, more than the limit of %d", memory, c.MaxMemory)
	}
	return limits{fuel: fuel, pages: uint32(memory / pageSize), answer: c.MaxAnswer}, nil
}
