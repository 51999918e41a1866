package abi

import (
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

func sample() sdk.Write {
	return sdk.Write{
		Session: 0x0102030405060708, Time: 1_700_000_000_000, Multi: true,
		Identities: []sdk.Identity{{Scheme: "ip", ID: "::1"}},
		Ops: []sdk.WriteOp{
			{Kind: sdk.OpCreate, Mode: sdk.ModeEphemeral, Path: "/a", Data: []byte{}, ACL: []sdk.ACL{{Perms: 31, Identity: sdk.Anyone}}},
			{Kind: sdk.OpDelete, Version: sdk.AnyVersion, Path: "/b"},
		},
	}
}

// reading is sample for a rule that reads the tree.
func reading() sdk.Write {
	write := sample()
	write.Tree = noTree{}
	write.Ops[0].Old = &sdk.Node{}
	write.Ops[1].Old = &sdk.Node{Present: true, Data: []byte("old"), Stat: sdk.Stat{
		Czxid: 1, Mzxid: 2, Ctime: 3, Mtime: 4, Version: 5, EphemeralOwner: 6, DataLength: 3,
	}}
	return write
}

type noTree struct{}

func (noTree) Get(string) sdk.Node      { return sdk.Node{} }
func (noTree) Children(string) []string { return nil }

// TestGolden pins the layout: modules that were compiled with it are in use.
func TestGolden(t *testing.T) {
	golden := `
		94000000 01000000 01000000 0068e5cf8b010000 0807060504030201
		01000000
			11000000 02000000 6970 03000000 3a3a31
		02000000
			3d000000 01000000 01000000 00000000 02000000 2f61 00000000
				01000000
					1b000000 1f000000 05000000 776f726c64 06000000 616e796f6e65
				00000000
			22000000 02000000 00000000 ffffffff 02000000 2f62 ffffffff 00000000 00000000`
	write := sample()
	checkHex(t, AppendRequest(nil, &write), golden)
	checkHex(t, AppendVerdict(nil, &sdk.Rejection{Op: 1, Code: sdk.CodeNoAuth, Reason: "no"}),
		"12000000 01000000 9affffff 02000000 6e6f")
}

// TestGoldenReads pins what rules that read the tree add to it.
func TestGoldenReads(t *testing.T) {
	write := reading()
	checkHex(t, AppendNode(nil, write.Ops[1].Old), `
		3b000000 01000000 0100000000000000 0200000000000000 0300000000000000 0400000000000000
		05000000 0600000000000000 03000000 6f6c64`)
	checkHex(t, AppendChildren(nil, []string{"a", "bc"}), "17000000 01000000 02000000 01000000 61 02000000 6263")
	checkHex(t, AppendChildren(nil, nil), "0c000000 00000000 00000000")
	request := AppendRequest(nil, &write)
	var got sdk.Write
	for range 2 {
		if err := DecodeRequest(request, &got, noTree{}); err != nil {
			t.Fatal(err)
		}
		got.Ops[1].ACL = nil
		if !reflect.DeepEqual(got, write) || len(request) != RequestSize(&write) {
			t.Errorf("decoded %+v, want %+v", got, write)
		}
	}
	write = sample()
	if err := DecodeRequest(AppendRequest(nil, &write), &got, noTree{}); err != nil || got.Tree != nil || got.Ops[0].Old != nil {
		t.Errorf("decoded %+v, %v", got, err)
	}
}

func TestChildrenRoundTrip(t *testing.T) {
	for _, names := range [][]string{nil, {}, {"a"}, {"", "b"}} {
		b := AppendChildren(nil, names)
		got, err := DecodeChildren(b)
		if err != nil || !reflect.DeepEqual(got, names) {
			t.Errorf("decoded %#v of %#v, %v", got, names, err)
		}
		for n := range b {
			if _, err := DecodeChildren(b[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}
}

func checkHex(t *testing.T, got []byte, want string) {
	t.Helper()
	if want := strings.Join(strings.Fields(want), ""); hex.EncodeToString(got) != want {
		t.Errorf("encoded\n%x, want\n%s", got, want)
	}
}

func TestRequestRoundTrip(t *testing.T) {
	write := sample()
	request := AppendRequest([]byte("before"), &write)[len("before"):]
	if len(request) != RequestSize(&write) {
		t.Errorf("%d bytes, announced %d", len(request), RequestSize(&write))
	}
	var got sdk.Write
	for range 2 { // into nothing, and into what is there
		if err := DecodeRequest(request, &got, nil); err != nil {
			t.Fatal(err)
		}
		got.Ops[1].ACL = nil // no list and an empty one are the same
		if !reflect.DeepEqual(got, write) {
			t.Errorf("decoded %+v, want %+v", got, write)
		}
	}
}

func TestDecodeAgainDoesNotAllocate(t *testing.T) {
	write := sample()
	request := AppendRequest(nil, &write)
	var got sdk.Write
	if n := testing.AllocsPerRun(100, func() { _ = DecodeRequest(request, &got, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAppendedFields is what lets the layout grow: every record may have more than a reader knows.
func TestAppendedFields(t *testing.T) {
	write := sample()
	write.Ops = write.Ops[1:]
	request := AppendRequest(nil, &write)
	op := len(request) - opSize(&write.Ops[0])
	request = append(request, "in the op"...)
	request[op] += 9
	request = append(request, "in the request"...)
	request[0] += 9 + 14
	var got sdk.Write
	if err := DecodeRequest(request, &got, nil); err != nil || got.Ops[0].Path != "/b" || got.Ops[0].Data != nil {
		t.Errorf("decoded %+v, %v", got, err)
	}
	verdict := AppendVerdict(nil, &sdk.Rejection{Reason: "no"})
	verdict = append(verdict, "more"...)
	verdict[0] += 4
	if got, err := DecodeVerdict(verdict); err != nil || got.Reason != "no" {
		t.Errorf("decoded %+v, %v", got, err)
	}
}

func TestMalformed(t *testing.T) {
	node := AppendNode(nil, &sdk.Node{Present: true, Data: []byte("x")})
	for n := range node {
		if _, err := DecodeNode(node[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d of %d bytes of a node: %v", n, len(node), err)
		}
	}
	write := sample()
	request := AppendRequest(nil, &write)
	var got sdk.Write
	for n := range request {
		if err := DecodeRequest(request[:n], &got, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d of %d bytes: %v", n, len(request), err)
		}
	}
	for at, name := range map[int]string{4: "version", 28: "count of identities", 32: "size of an identity", 49: "count of ops"} {
		spoiled := slices.Clone(request)
		copy(spoiled[at:], "\xff\xff\xff\x7f")
		if err := DecodeRequest(spoiled, &got, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("large %s: %v", name, err)
		}
	}
	verdict := AppendVerdict(nil, &sdk.Rejection{Reason: "no"})
	for n := range verdict {
		if _, err := DecodeVerdict(verdict[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d of %d bytes of a verdict: %v", n, len(verdict), err)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	write := sample()
	f.Add(AppendRequest(nil, &write))
	f.Add(AppendRequest(nil, &sdk.Write{}))
	write = reading()
	f.Add(AppendRequest(nil, &write))
	f.Fuzz(func(t *testing.T, request []byte) {
		var first, second sdk.Write
		if DecodeRequest(request, &first, nil) != nil {
			return
		}
		again := AppendRequest(nil, &first)
		if len(again) != RequestSize(&first) {
			t.Fatalf("%d bytes, announced %d", len(again), RequestSize(&first))
		}
		if err := DecodeRequest(again, &second, nil); err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("decoded %+v, then %+v, %v", first, second, err)
		}
	})
}

func FuzzDecodeVerdict(f *testing.F) {
	f.Add(AppendVerdict(nil, &sdk.Rejection{Op: 3, Code: sdk.CodeBadArguments, Reason: "no"}))
	f.Fuzz(func(t *testing.T, verdict []byte) {
		first, err := DecodeVerdict(verdict)
		if err != nil {
			return
		}
		second, err := DecodeVerdict(AppendVerdict(nil, first))
		if err != nil || *first != *second {
			t.Fatalf("decoded %+v, then %+v, %v", first, second, err)
		}
	})
}
