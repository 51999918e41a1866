package guest_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	"github.com/grove-coordination/grove/sdk/guest/guesttest"
	"github.com/grove-coordination/grove/wasm"
)

// TestVectors has the probe of each kit answer every vector, byte by byte.
func TestVectors(t *testing.T) {
	vectors := guesttest.Vectors()
	everyProbe(t, func(t *testing.T, code []byte) {
		b := newBare(t, code, true)
		for _, v := range vectors {
			in := b.start(t)
			b.answers(t, in, &v)
			_ = in.module.Close(t.Context())
		}
	})
}

// answers has an instance answer a vector.
func (b *bare) answers(t *testing.T, in *instance, v *guesttest.Vector) {
	t.Helper()
	b.logged, b.tree = "", nil
	if v.Tree != nil {
		b.tree = v.Tree
	}
	if v.Settings != nil && in.configure(t, v.Settings) != nil {
		t.Errorf("%s: the settings are refused", v.Name)
	}
	verdict, trapped := in.ask(t, in.validate, v.Request)
	if trapped != v.Trap || !bytes.Equal(verdict, v.Verdict) || b.logged != v.Log {
		t.Errorf("%s:\n got %s, trap %t, log %q\nwant %s, trap %t, log %q", v.Name,
			words(verdict), trapped, b.logged, words(v.Verdict), v.Trap, v.Log)
	}
}

// words are what a verdict says.
func words(verdict []byte) string {
	if verdict == nil {
		return "admit"
	}
	rejection, err := abi.DecodeVerdict(verdict)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %d %s", rejection.Op, rejection.Code, rejection.Reason)
}

// TestSettingsRefused is what a module says to settings that it does not like, and to none that it takes later.
func TestSettingsRefused(t *testing.T) {
	want := abi.AppendVerdict(nil, &sdk.Rejection{Code: sdk.CodeBadArguments, Reason: "bad settings"})
	everyProbe(t, func(t *testing.T, code []byte) {
		in := newBare(t, code, true).start(t)
		if got := in.configure(t, []byte("bad thing")); !bytes.Equal(got, want) {
			t.Errorf("%s, want %s", words(got), words(want))
		}
	})
}

// settled is what Go's heap may come to before its collector has found its pace.
const settled = 12 << 20

// TestOneInstance judges all that is well-formed with one instance, again and again: nothing of a write is left for
// the next, and memory does not grow.
func TestOneInstance(t *testing.T) {
	vectors := slices.DeleteFunc(guesttest.Vectors(), func(v guesttest.Vector) bool { return v.Trap || v.Settings != nil })
	large := sdk.Write{Ops: []sdk.WriteOp{{Kind: sdk.OpSetData, Path: "/sum/large", Data: make([]byte, 200_000)}}}
	vectors = append(vectors, guesttest.Vector{Name: "a request larger than the buffer", Request: abi.AppendRequest(nil, &large)})
	everyProbe(t, func(t *testing.T, code []byte) {
		b := newBare(t, code, true)
		in := b.start(t)
		grown := uint32(0)
		for round := range 300 {
			for _, v := range vectors {
				b.answers(t, in, &v)
			}
			if round == 100 {
				grown = in.module.Memory().Size()
			}
		}
		if size := in.module.Memory().Size(); size > grown && size > settled {
			t.Errorf("%d bytes of memory, then %d", grown, size)
		}
	})
}

// TestSpoiled changes bytes of good requests: every kit finds out, or reads what the kit for Go reads.
func TestSpoiled(t *testing.T) {
	vectors := slices.DeleteFunc(guesttest.Vectors(), func(v guesttest.Vector) bool { return v.Trap || len(v.Request) > 1000 })
	random := rand.New(rand.NewPCG(1, 2))
	var spoiled []guesttest.Vector
	for range 600 {
		v := vectors[random.IntN(len(vectors))]
		request := slices.Clone(v.Request)
		for range 1 + random.IntN(3) {
			request[random.IntN(len(request))] = [...]byte{0, 1, 0x7f, 0x80, 0xff, byte(random.Int())}[random.IntN(6)]
		}
		tree := cmp.Or(v.Tree, &guesttest.Tree{})
		spoiled = append(spoiled, guesttest.Judged(guesttest.Vector{Name: "spoiled " + v.Name, Request: request, Tree: tree}))
	}
	everyProbe(t, func(t *testing.T, code []byte) {
		b := newBare(t, code, true)
		in := b.start(t)
		for _, v := range spoiled {
			b.answers(t, in, &v)
			if v.Trap {
				_ = in.module.Close(t.Context())
				in = b.start(t)
			}
		}
	})
}

// TestThroughTheHost has the server's engine ask the probes.
func TestThroughTheHost(t *testing.T) {
	engine, err := wasm.New(wasm.Config{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	everyProbe(t, func(t *testing.T, code []byte) {
		plain := load(t, engine, code, nil)
		for _, v := range guesttest.Vectors() {
			if v.Trap {
				continue
			}
			probe := plain
			if v.Settings != nil {
				probe = load(t, engine, code, v.Settings)
			}
			throughTheHost(t, probe, &v)
		}
	})
}

func load(t testing.TB, engine *wasm.Engine, code, settings []byte) sdk.Validator {
	t.Helper()
	validator, err := engine.Load(t.Context(), sdk.Module{Name: "probe", Code: code, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = validator.(*wasm.Validator).Close() })
	return validator
}

// throughTheHost compares what comes out with the vector. The host makes an operation that is not there the first.
func throughTheHost(t *testing.T, probe sdk.Validator, v *guesttest.Vector) {
	t.Helper()
	var write sdk.Write
	if err := abi.DecodeRequest(v.Request, &write, v.Tree); err != nil {
		t.Fatal(err)
	}
	err := probe.Validate(t.Context(), write)
	if v.Verdict == nil {
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		return
	}
	want, _ := abi.DecodeVerdict(v.Verdict)
	if got, ok := errors.AsType[*sdk.Rejection](err); !ok || *got != *want {
		t.Errorf("%s:\n got %v\nwant %v", v.Name, err, want)
	}
}
