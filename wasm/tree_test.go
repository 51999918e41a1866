package wasm

import (
	"errors"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/abi"
	. "github.com/grove-coordination/grove/wasm/wasmtest"
)

// nodes is a sdk.Tree of data by path, all in one folder, of version 3.
type nodes map[string]string

func (n nodes) Get(path string) sdk.Node {
	data, ok := n[path]
	if !ok {
		return sdk.Node{}
	}
	return sdk.Node{Present: true, Data: []byte(data), Stat: sdk.Stat{Version: 3}}
}

func (n nodes) Children(path string) []string {
	if path != "/dir" {
		return nil
	}
	return []string{"a", "b"}
}

func TestGuestReadsTheTree(t *testing.T) {
	v := loadProbe(t, Config{})
	write := set("/tree", "x")
	tests := []struct {
		old  *sdk.Node
		tree sdk.Tree
		want string
	}{
		{nil, nil, "nothing is told"},
		{&sdk.Node{}, nodes{}, `old false , ["a 0 bytes version 0" "b 0 bytes version 0"], missing false false`},
		{&sdk.Node{Present: true, Data: []byte("before")}, nodes{"/dir/a": "short", "/dir/b": string(make([]byte, 100_000))},
			`old true before, ["a 5 bytes version 3" "b 100000 bytes version 3"], missing false false`},
		{nil, nil, "nothing is told"},
	}
	for _, test := range tests {
		write.Ops[0].Old, write.Tree = test.old, test.tree
		rejection, ok := errors.AsType[*sdk.Rejection](v.Validate(t.Context(), write))
		if !ok || rejection.Reason != test.want {
			t.Errorf("%v, want %q", rejection, test.want)
		}
	}
}

// reader is a module that asks for the path at address 0 of so many bytes, once or for ever.
func reader(name string, size, room int32, loop bool) []byte {
	ask := Code(I32(0), I32(size), I32(2048), I32(room), 0x10, 0)
	body := Code(ask, 0x1a, I64(0))
	if loop {
		body = Code(0x03, 0x40, ask, 0x1a, 0x0c, 0, 0x0b, I64(0))
	}
	m := Guest(body)
	m.Elements = []uint32{1}
	m.Imports = []Import{{Module: abi.ModuleGrove, Name: name, Sig: "iiii:i"}}
	return m.Encode()
}

func TestReadingIsPaid(t *testing.T) {
	e := newEngine(t, Config{Instances: 1})
	for _, name := range []string{abi.ImportGet, abi.ImportChildren} {
		v := load(t, e, sdk.Module{Code: reader(name, 4, 10, true)})
		write := set("/a", "x")
		for _, tree := range []sdk.Tree{nil, nodes{"\x00\x00\x00\x00": string(make([]byte, 1<<20))}} {
			write.Tree = tree
			if err := v.Validate(t.Context(), write); !errors.Is(err, ErrFuel) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// One answer of a MiB costs a MiB, whether or not there was room for it, also when nothing is done after it.
	v := load(t, e, sdk.Module{Code: reader(abi.ImportGet, 4, 0, false), Fuel: 1 << 20})
	write := set("/a", "x")
	write.Tree = nodes{"\x00\x00\x00\x00": string(make([]byte, 1<<20))}
	if err := v.Validate(t.Context(), write); !errors.Is(err, ErrFuel) {
		t.Errorf("%v", err)
	}
}

// TestReadingBadly is a path or a place for the answer outside of memory: the answer is nothing.
func TestReadingBadly(t *testing.T) {
	e := newEngine(t, Config{})
	for _, test := range []struct{ size, room int32 }{{-1, 100}, {4, -1}} {
		v := load(t, e, sdk.Module{Code: reader(abi.ImportGet, test.size, test.room, false)})
		write := set("/a", "x")
		write.Tree = nodes{"\x00\x00\x00\x00": string(make([]byte, 1<<20))} // does not fit into two pages
		if err := v.Validate(t.Context(), write); err != nil {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
