package wasm

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

const (
	typedGuest = "github.com/grove-coordination/grove/examples/validators/typed"
	loopGuest  = "github.com/grove-coordination/grove/examples/validators/loop"
)

// compiledHere keeps compiled code while the tests of this package run: a Go guest takes a second to compile.
var compiledHere string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "wasm")
	if err != nil {
		panic(err)
	}
	compiledHere = folder
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// newEngine logs to nowhere and is closed with the test.
func newEngine(t testing.TB, config Config) *Engine {
	t.Helper()
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.CacheDir == "" {
		config.CacheDir = compiledHere
	}
	e, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func load(t testing.TB, e *Engine, module sdk.Module) *Validator {
	t.Helper()
	if module.Name == "" {
		module.Name = "rule"
	}
	v, err := e.Load(t.Context(), module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return v.(*Validator)
}

func set(path, data string) sdk.Write {
	return sdk.Write{Session: 7, Time: 1_700_000_000_000, Identities: []sdk.Identity{sdk.Anyone}, Ops: []sdk.WriteOp{
		{Kind: sdk.OpSetData, Version: sdk.AnyVersion, Path: path, Data: []byte(data)},
	}}
}

// with is a validator that admits everything, changed.
func with(change func(*Module)) []byte {
	module := Guest(I64(0))
	change(&module)
	return module.Encode()
}

func export(name string) func(*Module) {
	return func(m *Module) {
		for i := range m.Funcs {
			if m.Funcs[i].Export == name {
				m.Funcs[i].Export = ""
			}
		}
	}
}

func TestRefusedModules(t *testing.T) {
	e := newEngine(t, Config{MaxModule: 1 << 20})
	tests := []struct {
		name   string
		module sdk.Module
		want   string
	}{
		{"not a module", sdk.Module{Code: []byte("#!/bin/sh")}, "not a WebAssembly module"},
		{"too large", sdk.Module{Code: make([]byte, 1<<20+1)}, "1048577 bytes, more than the limit of 1048576"},
		{"no memory", sdk.Module{Code: with(func(m *Module) { m.NoMemory = true })}, "0 memories"},
		{"no marker", sdk.Module{Code: with(export(abi.ExportMarker))}, "does not export grove_abi_v1"},
		{"no alloc", sdk.Module{Code: with(export(abi.ExportAlloc))}, "does not export grove_alloc"},
		{"no validate", sdk.Module{Code: with(export(abi.ExportValidate))}, "does not export grove_validate"},
		{"validate of the wrong type", sdk.Module{Code: with(func(m *Module) {
			m.Funcs[0].Sig, m.Funcs[0].Body = "ii:i", I32(0)
		})}, "export grove_validate: returns (i32), must return (i64)"},
		{"unknown import", sdk.Module{Code: with(func(m *Module) {
			m.Imports, m.Elements = []Import{{Module: "env", Name: "abort", Sig: "iiii:"}}, nil
		})}, "imports env.abort, which is not offered"},
		{"import of the wrong type", sdk.Module{Code: with(func(m *Module) {
			m.Imports, m.Elements = []Import{{Module: "grove", Name: "log", Sig: "i:"}}, nil
		})}, "import grove.log: takes (i32), must take (i32, i32)"},
		{"does not validate", sdk.Module{Code: Guest(I32(0)).Encode()}, "does not compile: "},
		{"settings it cannot take", sdk.Module{Code: with(func(*Module) {}), Settings: []byte("x")}, "takes no settings"},
		{"large settings", sdk.Module{Code: with(func(*Module) {}), Settings: make([]byte, 2<<20)}, "settings of 2097152 bytes"},
		{"too much fuel", sdk.Module{Code: with(func(*Module) {}), Fuel: 100_000_001}, "fuel of 100000001, more than the limit"},
		{"too much memory", sdk.Module{Code: with(func(*Module) {}), Memory: 65 << 20}, "more than the limit of 67108864"},
		{"more memory than asked", sdk.Module{Code: with(func(m *Module) { m.Pages = 300 })}, "memory of 300 pages is larger than the limit of 256"},
		{"buffer outside of memory", sdk.Module{Code: with(func(m *Module) { m.Funcs[3].Body = I32(-16) })}, "grove_alloc: outside of memory"},
		{"endless start", sdk.Module{Code: with(func(m *Module) {
			m.Funcs = append(m.Funcs, Func{Export: abi.ExportInitialize, Sig: ":", Body: Code(0x03, 0x40, 0x0c, 0, 0x0b)})
		})}, "_initialize: fuel exhausted: 1000000000"},
		{"trapping start function", sdk.Module{Code: with(func(m *Module) {
			m.Funcs = append(m.Funcs, Func{Sig: ":", Body: Code(0)})
			m.Start = new(uint32(len(m.Funcs) - 1))
		})}, "start: "},
		{"refused settings", sdk.Module{Code: with(func(m *Module) { refuseSettings(m, "no\nway") }), Settings: []byte{}},
			"settings refused: no way"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.module.Name = "rule"
			v, err := e.Load(t.Context(), test.module)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || v != nil {
				t.Errorf("loaded %v, %v; want %q", v, err, test.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), `module of validator "rule": `) {
				t.Errorf("does not name the validator: %v", err)
			}
		})
	}
}

// refuseSettings gives the module a grove_configure that copies a verdict to address 8 and refuses with it.
func refuseSettings(m *Module, reason string) {
	verdict := abi.AppendVerdict(nil, &sdk.Rejection{Reason: reason})
	m.Segments = [][]byte{verdict}
	m.Funcs = append(m.Funcs, Func{Export: abi.ExportConfigure, Sig: "ii:I", Body: refuseWith(verdict)})
}

// refuseWith is code that copies the first segment to address 8 and returns its place.
func refuseWith(verdict []byte) []byte {
	return Code(I32(8), I32(0), I32(int32(len(verdict))), 0xfc, 8, 0, 0, I64(int64(abi.Place(8, uint32(len(verdict))))))
}

func TestConfigIsChecked(t *testing.T) {
	tests := map[string]Config{
		"more than the maximum":    {Fuel: 2, MaxFuel: 1},
		"more than can be counted": {MaxFuel: 1 << 62},
		"is not between":           {MaxMemory: 1 << 40},
		"memory of 16777216 bytes": {MaxMemory: 1 << 20},
		"negative":                 {Instances: -1},
		"cache folder":             {CacheDir: "/dev/null/x"},
	}
	for want, config := range tests {
		if e, err := New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, %v; want %q", config, e, err, want)
		}
	}
}

// TestCache starts a second engine on the compiled code of the first.
func TestCache(t *testing.T) {
	config := Config{CacheDir: t.TempDir()}
	for range 2 {
		v := load(t, newEngine(t, config), sdk.Module{Code: with(func(*Module) {})})
		if err := v.Validate(t.Context(), set("/a", "x")); err != nil {
			t.Error(err)
		}
	}
}

// TestSameModuleTwice closes one of two validators of the same code: the other must go on.
func TestSameModuleTwice(t *testing.T) {
	e := newEngine(t, Config{})
	code := with(func(*Module) {})
	first, second := load(t, e, sdk.Module{Code: code}), load(t, e, sdk.Module{Code: code})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Validate(t.Context(), set("/a", "x")); err != nil {
		t.Error(err)
	}
	if err := first.Validate(t.Context(), set("/a", "x")); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestOutput shows what a module prints, and that it cannot flood the log.
func TestOutput(t *testing.T) {
	var log bytes.Buffer
	e := newEngine(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Instances: 1})
	v := load(t, e, sdk.Module{Name: "chatty", Code: with(func(m *Module) {
		m.Imports = []Import{{Module: "grove", Name: "log", Sig: "ii:"}}
		m.Elements = nil
		m.Segments = [][]byte{[]byte("hello\x00there")}
		m.Funcs[0].Body = Code(I32(8), I32(0), I32(11), 0xfc, 8, 0, 0, I32(8), I32(11), 0x10, 0, I64(0))
	})})
	for range 1000 {
		if err := v.Validate(t.Context(), set("/a", "x")); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Count(log.String(), "\n")
	if lines < linesPerSecond || lines > 20*linesPerSecond {
		t.Errorf("%d lines", lines)
	}
	if !strings.Contains(log.String(), `validator=chatty text="hello there"`) {
		t.Errorf("logged %s", log.String())
	}
}
