package guest_test

import (
	"testing"

	"github.com/grove-coordination/grove/sdk/abi"
	"github.com/grove-coordination/grove/sdk/guest/guesttest"
	"github.com/grove-coordination/grove/wasm"
)

// everyLanguage runs a benchmark with the probe of each kit.
func everyLanguage(b *testing.B, bench func(b *testing.B, code []byte)) {
	for _, chain := range toolchains {
		b.Run(chain.language, func(b *testing.B) { bench(b, chain.compile(b)) })
	}
}

// BenchmarkValidate has the server's engine ask about a write of some hundred bytes, each of which the probe looks at.
func BenchmarkValidate(b *testing.B) {
	everyLanguage(b, func(b *testing.B, code []byte) {
		engine, err := wasm.New(wasm.Config{})
		if err != nil {
			b.Fatal(err)
		}
		defer engine.Close()
		probe := load(b, engine, code, nil).(*wasm.Validator)
		write := guesttest.Hashed()
		b.ReportAllocs()
		var total uint64
		for b.Loop() {
			fuel, err := probe.Measure(b.Context(), write)
			if err != nil {
				b.Fatal(err)
			}
			total += fuel
		}
		b.ReportMetric(float64(total)/float64(b.N), "fuel/op")
		b.ReportMetric(float64(len(code)), "module-bytes")
	})
}

// BenchmarkCall calls grove_validate alone, in modules as they were compiled and with fuel built in.
func BenchmarkCall(b *testing.B) {
	everyLanguage(b, func(b *testing.B, code []byte) {
		b.Run("plain", func(b *testing.B) { benchmarkCall(b, newBare(b, code, false)) })
		b.Run("metered", func(b *testing.B) { benchmarkCall(b, newBare(b, code, true)) })
	})
}

func benchmarkCall(b *testing.B, module *bare) {
	in := module.start(b)
	write := guesttest.Hashed()
	request := abi.AppendRequest(nil, &write)
	if !in.module.Memory().Write(in.buffer, request) {
		b.Fatal("the buffer is outside of memory")
	}
	ctx := b.Context()
	for b.Loop() {
		in.refuel()
		in.stack = [2]uint64{uint64(in.buffer), uint64(len(request))}
		if err := in.validate.CallWithStack(ctx, in.stack[:]); err != nil || in.stack[0] != 0 {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart makes instances, and tells the memory that one has.
func BenchmarkStart(b *testing.B) {
	everyLanguage(b, func(b *testing.B, code []byte) {
		module := newBare(b, code, true)
		size := uint32(0)
		for b.Loop() {
			in := module.start(b)
			size = in.module.Memory().Size()
			_ = in.module.Close(b.Context())
		}
		b.ReportMetric(float64(size), "memory-bytes")
	})
}

// BenchmarkCompile builds fuel in and compiles.
func BenchmarkCompile(b *testing.B) {
	everyLanguage(b, func(b *testing.B, code []byte) {
		for b.Loop() {
			engine, err := wasm.New(wasm.Config{})
			if err != nil {
				b.Fatal(err)
			}
			load(b, engine, code, nil)
			_ = engine.Close()
		}
	})
}
