package wasm

import (
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk"
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

func sample() sdk.Write { return set("/config/service", string(make([]byte, 142))) }

func BenchmarkValidate(b *testing.B) {
	guests := []struct {
		name  string
		code  func() []byte
		write sdk.Write
	}{
		{"nothing", func() []byte { return Guest(I64(0)).Encode() }, sample()},
		{"checksum of 200 bytes", checksum, sample()},
		{"Go, typed", func() []byte { return Build(b, typedGuest) },
			set("/config/service", `{"name": "billing", "port": 8080, "hosts": ["10.0.0.1", "10.0.0.2", "10.0.0.3"], "enabled": true, "weight": 0.5}`)},
	}
	for _, guest := range guests {
		b.Run(guest.name, func(b *testing.B) {
			v := load(b, newEngine(b, Config{}), sdk.Module{Code: guest.code()})
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Validate(b.Context(), guest.write); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMeter calls a guest function directly, as it was written and with fuel built in.
func BenchmarkMeter(b *testing.B) {
	plain := checksum()
	metered, err := fuel.Rewrite(plain, fuel.Limits{Start: startFuel, Pages: 256})
	if err != nil {
		b.Fatal(err)
	}
	for name, module := range map[string][]byte{"plain": plain, "metered": metered} {
		b.Run(name, func(b *testing.B) {
			runtime := wazero.NewRuntime(b.Context())
			defer runtime.Close(b.Context())
			instance, err := runtime.Instantiate(b.Context(), module)
			if err != nil {
				b.Fatal(err)
			}
			f := instance.ExportedFunction("grove_validate")
			current, _ := instance.ExportedGlobal(fuel.Current).(api.MutableGlobal)
			var stack [2]uint64
			for b.Loop() {
				if current != nil {
					current.Set(fuel.Slice)
				}
				stack = [2]uint64{1024, 200}
				if err := f.CallWithStack(b.Context(), stack[:]); err != nil {
					b.Fatal(err)
				}
			}
		})
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
	cache := b.TempDir()
	load(b, newEngine(b, Config{CacheDir: cache}), sdk.Module{Code: code})
	for name, folder := range map[string]string{"compile": "", "from cache": cache} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				load(b, newEngine(b, Config{CacheDir: folder}), sdk.Module{Code: code})
			}
		})
	}
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
