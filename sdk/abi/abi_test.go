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
		if err := DecodeRequest(request, &got); err != nil {
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
	if n := testing.AllocsPerRun(100, func() { _ = DecodeRequest(request, &got) }); n != 0 {
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
	if err := DecodeRequest(request, &got); err != nil || got.Ops[0].Path != "/b" || got.Ops[0].Data != nil {
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
	write := sample()
	request := AppendRequest(nil, &write)
	var got sdk.Write
	for n := range request {
		if err := DecodeRequest(request[:n], &got); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d of %d bytes: %v", n, len(request), err)
		}
	}
	for at, name := range map[int]string{4: "version", 28: "count of identities", 32: "size of an identity", 49: "count of ops"} {
		spoiled := slices.Clone(request)
		copy(spoiled[at:], "\xff\xff\xff\x7f")
		if err := DecodeRequest(spoiled, &got); !errors.Is(err, ErrMalformed) {
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
	f.Fuzz(func(t *testing.T, request []byte) {
		var first, second sdk.Write
		if DecodeRequest(request, &first) != nil {
			return
		}
		again := AppendRequest(nil, &first)
		if len(again) != RequestSize(&first) {
			t.Fatalf("%d bytes, announced %d", len(again), RequestSize(&first))
		}
		if err := DecodeRequest(again, &second); err != nil || !reflect.DeepEqual(first, second) {
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
