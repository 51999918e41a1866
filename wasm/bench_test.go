package wasm

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	"github.com/grove-coordination/grove/wasm/fuel"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// checksum is a guest that goes over the request byte by byte: sum = sum*31 + byte.
func checksum() []byte {
	return Guest(Code(0x03, 0x40,
		0x20, 3, I64(31), 0x7e, 0x20, 0, 0x31, 0, 0, 0x7c, 0x21, 3,
		0x20, 0, I32(1), 0x6a, 0x21, 0,
		0x20, 1, I32(1), 0x6b, 0x22, 1, 0x0d, 0, 0x0b,
		I64(0))).Encode()
}

func jsonWrite() sdk.Write {
	return set("/config/service", `{"name": "billing", "port": 8080, "hosts": ["10.0.0.1", "10.0.0.2", "10.0.0.3"], `+
		`"enabled": true, "weight": 0.5}`)
}

func BenchmarkValidate(b *testing.B) {
	guests := []struct {
		name string
		code []byte
	}{
		{"nothing", Guest(I64(0)).Encode()},
		{"checksum", checksum()},
		{"Go", Build(b, typedGuest)},
	}
	write := jsonWrite()
	for _, guest := range guests {
		b.Run(guest.name, func(b *testing.B) {
			v := load(b, newEngine(b, Config{}), sdk.Module{Code: guest.code})
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Validate(b.Context(), write); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMeter calls grove_validate alone, in modules as they were written and with fuel built in.
func BenchmarkMeter(b *testing.B) {
	plain := map[string][]byte{"checksum": checksum(), "Go": Build(b, typedGuest)}
	for name, code := range plain {
		metered, err := fuel.Rewrite(code, fuel.Limits{Start: startFuel, Pages: 256})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/plain", func(b *testing.B) { benchmarkCall(b, code) })
		b.Run(name+"/metered", func(b *testing.B) { benchmarkCall(b, metered) })
	}
}

func benchmarkCall(b *testing.B, code []byte) {
	in := &instance{random: rand.NewPCG(1, 2), output: output{lines: newLines(slog.Default(), "bench")}}
	ctx := context.WithValue(b.Context(), instanceKey{}, in)
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	if err := offer(ctx, runtime); err != nil {
		b.Fatal(err)
	}
	module, err := runtime.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		b.Fatal(err)
	}
	write := jsonWrite()
	request := abi.AppendRequest(nil, &write)
	place, err := module.ExportedFunction(abi.ExportAlloc).Call(ctx, abi.BufferSize)
	if err != nil || !module.Memory().Write(uint32(place[0]), request) {
		b.Fatal("no buffer", err)
	}
	f := module.ExportedFunction(abi.ExportValidate)
	current, _ := module.ExportedGlobal(fuel.Current).(api.MutableGlobal)
	var stack [2]uint64
	for b.Loop() {
		if current != nil {
			current.Set(fuel.Slice)
		}
		stack = [2]uint64{place[0], uint64(len(request))}
		if err := f.CallWithStack(ctx, stack[:]); err != nil || stack[0] != 0 {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadGoGuest(b *testing.B) {
	code := Build(b, typedGuest)
	b.Run("rewrite", func(b *testing.B) {
		for b.Loop() {
			if _, err := fuel.Rewrite(code, fuel.Limits{Start: startFuel, Pages: 256}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			load(b, newEngine(b, Config{CacheDir: b.TempDir()}), sdk.Module{Code: code})
		}
	})
	b.Run("from cache", func(b *testing.B) {
		for b.Loop() {
			load(b, newEngine(b, Config{}), sdk.Module{Code: code})
		}
	})
	b.Run("instance", func(b *testing.B) {
		v := load(b, newEngine(b, Config{}), sdk.Module{Code: code})
		for b.Loop() {
			in, err := newInstance(v)
			if err != nil {
				b.Fatal(err)
			}
			in.close()
		}
	})
}
