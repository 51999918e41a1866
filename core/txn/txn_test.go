package txn

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// samples holds a record of every kind and op, with the awkward values: nil and empty data, extremes, empty lists.
func samples() map[string]Txn {
	acl := []sdk.ACL{{Perms: sdk.PermAll, Identity: sdk.Anyone}, {Perms: -1, Identity: sdk.Identity{Scheme: "digest", ID: "a:b"}}}
	write := func(op sdk.Op) Txn {
		return Txn{
			Kind: Write, Origin: "n1", Session: 0x0102030405060708, Epoch: 3, Seq: 300, Rules: 7,
			Identities: []sdk.Identity{{Scheme: "ip", ID: "::1"}}, Op: op,
		}
	}
	guarded := write(sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte("x"), Version: 4})
	guarded.Guards = []Guard{{GuardNode, "/a", 9}, {GuardAbsent, "/b", 0}, {GuardChildren, "/", math.MaxInt64}}
	return map[string]Txn{
		"open":      {Kind: Open, Origin: "n1", Request: 5, Timeout: 30000, Password: []byte("0123456789abcdef")},
		"resume":    {Kind: Resume, Origin: "n2", Request: math.MaxUint64, Session: -1, Timeout: 1, Password: []byte("p")},
		"expire":    {Kind: Expire, Origin: "n1", Session: math.MinInt64, Epoch: math.MaxUint32},
		"create":    write(sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte("hi"), ACL: acl, Mode: sdk.ModeEphemeralSequential}),
		"null":      write(sdk.Op{Kind: sdk.OpCreate2, Path: "/a"}),
		"empty":     write(sdk.Op{Kind: sdk.OpCreate2, Path: "/a", Data: []byte{}, Mode: math.MinInt32}),
		"delete":    write(sdk.Op{Kind: sdk.OpDelete, Path: "/a", Version: sdk.AnyVersion}),
		"setACL":    write(sdk.Op{Kind: sdk.OpSetACL, Path: "/a", ACL: acl, Version: math.MaxInt32}),
		"sync":      write(sdk.Op{Kind: sdk.OpSync, Path: "/a"}),
		"announce":  {Kind: Announce, Origin: "n3", Clients: "10.0.0.3:2181"},
		"discard":   {Kind: Discard, Origin: "n3", Rules: 7, Guards: []Guard{{Kind: GuardNode, Path: "/m", Zxid: 9}}, Op: sdk.Op{Path: "/m"}},
		"sweep":     {Kind: Sweep, Origin: "n3", Op: sdk.Op{Path: "/a/b"}},
		"container": write(sdk.Op{Kind: sdk.OpCreateContainer, Path: "/a", ACL: acl, Mode: sdk.ModeContainer}),
		"ttl":       write(sdk.Op{Kind: sdk.OpCreateTTL, Path: "/a", Data: []byte("hi"), Mode: sdk.ModeTTLSequential, TTL: 1<<40 - 1}),
		"leases": write(sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			{Kind: sdk.OpCreateContainer, Path: "/a"},
			{Kind: sdk.OpCreateTTL, Path: "/b", Mode: sdk.ModeTTL, TTL: math.MinInt64},
		}}),
		"reconfig": write(sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Joining: "j", Leaving: "l", Members: "m", Version: -1}}),
		"close":    write(sdk.Op{Kind: sdk.OpCloseSession}),
		"guards":   guarded,
		"none":     write(sdk.Op{Kind: sdk.OpMulti}),
		"multi": write(sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			{Kind: sdk.OpCreate, Path: "/a", Data: []byte{}, ACL: acl},
			{Kind: sdk.OpCreate2, Path: "/b"},
			{Kind: sdk.OpSetData, Path: "/a", Version: 1},
			{Kind: sdk.OpCheck, Path: "", Version: 2},
			{Kind: sdk.OpDelete, Path: "/a", Version: -2},
		}}),
	}
}

func TestRoundTrip(t *testing.T) {
	for name, want := range samples() {
		got, err := Decode(Append(nil, &want))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

func TestUnusedFieldsAreNotWritten(t *testing.T) {
	full := samples()["create"]
	full.Op.Version, full.Op.Watch, full.Op.Scheme, full.Op.Ops, full.Op.TTL = 9, true, "x", []sdk.Op{{Kind: sdk.OpPing}}, 8
	full.Request, full.Timeout, full.Password = 1, 2, []byte("p")
	want := samples()["create"]
	if !bytes.Equal(Append(nil, &full), Append(nil, &want)) {
		t.Error("fields that a create does not use have reached the record")
	}
}

// TestFormatIsPinned holds version 1 still: logs on disks are written in it. Never renew these bytes.
func TestFormatIsPinned(t *testing.T) {
	golden := map[string]string{
		"close":     "0103026e31010203040506070803ac020e01026970033a3a310015",
		"container": "0103026e31010203040506070803ac020e01026970033a3a310026022f6100023e05776f726c6406616e796f6e65010664696765737403613a6208",
		"ttl":       "0103026e31010203040506070803ac020e01026970033a3a31002a022f61036869000cfeffffffff3f",
		"announce":  "0106026e330d31302e302e302e333a32313831",
		"reconfig":  "0103026e31010203040506070803ac020e01026970033a3a310020016a016c016d01",
		"discard":   "0107026e330e0101022f6d12022f6d",
		"sweep":     "0105026e33042f612f62",
		"leases":    "0103026e31010203040506070803ac020e01026970033a3a31001c0226022f610000002a022f6200000affffffffffffffffff01",
		"create":    "0103026e31010203040506070803ac020e01026970033a3a310002022f61036869023e05776f726c6406616e796f6e65010664696765737403613a6206",
		"delete":    "0103026e31010203040506070803ac020e01026970033a3a310004022f6101",
		"empty":     "0103026e31010203040506070803ac020e01026970033a3a31001e022f610100ffffffff0f",
		"expire":    "0104026e318000000000000000ffffffff0f",
		"guards":    "0103026e31010203040506070803ac020e01026970033a3a310301022f611202022f6203012ffeffffffffffffffff010a022f61027808",
		"multi":     "0103026e31010203040506070803ac020e01026970033a3a31001c0502022f6101023e05776f726c6406616e796f6e65010664696765737403613a62001e022f620000000a022f6100021a000404022f6103",
		"none":      "0103026e31010203040506070803ac020e01026970033a3a31001c00",
		"null":      "0103026e31010203040506070803ac020e01026970033a3a31001e022f61000000",
		"open":      "0101026e3105e0d4031030313233343536373839616263646566",
		"resume":    "0102026e32ffffffffffffffffff01ffffffffffffffff020170",
		"setACL":    "0103026e31010203040506070803ac020e01026970033a3a31000e022f61023e05776f726c6406616e796f6e65010664696765737403613a62feffffff0f",
		"sync":      "0103026e31010203040506070803ac020e01026970033a3a310012022f61",
	}
	for name, sample := range samples() {
		if got := hex.EncodeToString(Append(nil, &sample)); got != golden[name] {
			t.Errorf("%s:\n got %s\nwant %s", name, got, golden[name])
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	for name, sample := range samples() {
		record := Append(nil, &sample)
		for n := range record {
			if _, err := Decode(record[:n]); !errors.Is(err, ErrFormat) {
				t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(record), err)
			}
		}
		if _, err := Decode(append(record, 0)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s with a byte too many: %v", name, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	multi := samples()["none"]
	head := Append(nil, &multi)
	head = head[:len(head)-2] // without kind and count of the op
	op := func(b ...byte) []byte { return append(slices.Clone(head), b...) }
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}
	tests := map[string]struct {
		record []byte
		want   error
	}{
		"later version":        {[]byte{2, byte(Open)}, ErrVersion},
		"version zero":         {[]byte{0}, ErrVersion},
		"kind zero":            {[]byte{1, 0, 0}, ErrFormat},
		"kind after the last":  {[]byte{1, byte(Discard) + 1, 0}, ErrFormat},
		"huge string":          {append([]byte{1, byte(Open)}, huge...), ErrFormat},
		"number in long form":  {[]byte{1, byte(Open), 0x80, 0, 1, 2, 0}, ErrFormat},
		"epoch over 32 bits":   {append([]byte{1, byte(Expire), 0, 0, 0, 0, 0, 0, 0, 0, 0}, huge...), ErrFormat},
		"op unknown":           {op(2 * 99), ErrFormat},
		"op that only reads":   {op(2 * byte(sdk.OpGetData)), ErrFormat},
		"check alone":          {op(2*byte(sdk.OpCheck), 0, 0), ErrFormat},
		"op kind over 32 bits": {op(huge...), ErrFormat},
		"huge data":            {op(append([]byte{2 * byte(sdk.OpSetData), 0}, huge...)...), ErrFormat},
		"huge multi":           {op(append([]byte{2 * byte(sdk.OpMulti)}, huge...)...), ErrFormat},
		"huge path to sweep":   {append([]byte{1, byte(Sweep), 0}, huge...), ErrFormat},
		"huge ttl":             {op(2*byte(sdk.OpCreateTTL), 0, 0, 0, 2*5, 0xff, 0xff), ErrFormat},
		"more ops than bytes":  {op(2*byte(sdk.OpMulti), 2, 2*byte(sdk.OpDelete), 0, 0), ErrFormat},
		"multi in multi":       {op(2*byte(sdk.OpMulti), 1, 2*byte(sdk.OpMulti), 0, 0), ErrFormat},
		"setACL in multi":      {op(2*byte(sdk.OpMulti), 1, 2*byte(sdk.OpSetACL), 0, 0, 0), ErrFormat},
	}
	for name, test := range tests {
		if got, err := Decode(test.record); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	if _, err := Decode(op(2*byte(sdk.OpMulti), 1, 2*byte(sdk.OpDelete), 0, 0)); err != nil {
		t.Errorf("the head these cases share is bad itself: %v", err)
	}
}

func TestCarries(t *testing.T) {
	for _, kind := range []sdk.OpKind{sdk.OpCheck, sdk.OpGetData, sdk.OpPing, sdk.OpAuth, sdk.OpError, 0, 99} {
		if Carries(&sdk.Op{Kind: kind}) {
			t.Errorf("op %d is carried", kind)
		}
	}
	for _, kind := range []sdk.OpKind{sdk.OpMulti, sdk.OpSetACL, sdk.OpSync, sdk.OpExists, sdk.OpCloseSession} {
		op := sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpCreate}, {Kind: kind}}}
		if Carries(&op) {
			t.Errorf("a multi with op %d is carried", kind)
		}
		if !panics(func() { Append(nil, &Txn{Kind: Write, Op: op}) }) {
			t.Errorf("a multi with op %d was appended", kind)
		}
	}
	if !panics(func() { Append(nil, &Txn{}) }) {
		t.Error("a record of no kind was appended")
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

func FuzzDecode(f *testing.F) {
	for _, sample := range samples() {
		f.Add(Append(nil, &sample))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		decoded, err := Decode(record)
		if err != nil {
			return
		}
		if again := Append(nil, &decoded); !bytes.Equal(again, record) {
			t.Fatalf("%x came back as %x", record, again)
		}
	})
}

func TestAppendDoesNotAllocate(t *testing.T) {
	sample := samples()["multi"]
	buf := Append(nil, &sample)
	if n := testing.AllocsPerRun(100, func() { buf = Append(buf[:0], &sample) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	sample := samples()["create"]
	buf := Append(nil, &sample)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], &sample)
	}
}

func BenchmarkDecode(b *testing.B) {
	sample := samples()["create"]
	record := Append(nil, &sample)
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(record); err != nil {
			b.Fatal(err)
		}
	}
}
