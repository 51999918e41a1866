package wire_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// The vectors are written by hand from the rules of jute: one field a word, the length of the frame first.

var requestVectors = []struct {
	hex string
	xid int32
	op  sdk.Op
}{
	{"00000027 00000001 00000001 00000002 2f61 00000000 00000001 0000001f 00000000 00000001 2a 00000003", 1,
		sdk.Op{Kind: sdk.OpCreate, Path: "/a", Data: []byte{}, ACL: []sdk.ACL{{Perms: 31, Identity: sdk.Identity{ID: "*"}}}, Mode: 3}},
	{"0000001a 00000001 0000000f 00000002 2f61 ffffffff 00000000 00000000", 1,
		sdk.Op{Kind: sdk.OpCreate2, Path: "/a"}},
	{"00000012 00000002 00000002 00000002 2f61 ffffffff", 2,
		sdk.Op{Kind: sdk.OpDelete, Path: "/a", Version: sdk.AnyVersion}},
	{"0000000f 7fffffff 00000003 00000002 2f61 01", 0x7fffffff,
		sdk.Op{Kind: sdk.OpExists, Path: "/a", Watch: true}},
	{"0000000d 00000003 00000004 00000000 00", 3,
		sdk.Op{Kind: sdk.OpGetData}},
	{"00000018 00000004 00000005 00000002 2f61 00000002 00ff 00000007", 4,
		sdk.Op{Kind: sdk.OpSetData, Path: "/a", Data: []byte{0, 0xff}, Version: 7}},
	{"0000000e 00000005 00000006 00000002 2f61", 5,
		sdk.Op{Kind: sdk.OpGetACL, Path: "/a"}},
	{"0000002a 00000006 00000007 00000002 2f61 00000001 00000001 00000002 6970 00000006 3a3a312f3634 00000002", 6,
		sdk.Op{Kind: sdk.OpSetACL, Path: "/a", Version: 2, ACL: []sdk.ACL{{Perms: 1, Identity: sdk.Identity{Scheme: "ip", ID: "::1/64"}}}}},
	{"0000000f 00000007 00000008 00000002 2f61 00", 7,
		sdk.Op{Kind: sdk.OpGetChildren, Path: "/a"}},
	{"0000000f 00000008 0000000c 00000002 2f61 01", 8,
		sdk.Op{Kind: sdk.OpGetChildren2, Path: "/a", Watch: true}},
	{"0000000f 00000009 00000009 00000003 2fc3a4", 9,
		sdk.Op{Kind: sdk.OpSync, Path: "/ä"}},
	{"00000008 fffffffe 0000000b", wire.XidPing,
		sdk.Op{Kind: sdk.OpPing}},
	{"00000008 0000000a fffffff5", 10,
		sdk.Op{Kind: sdk.OpCloseSession}},
	{"00000019 fffffffc 00000064 00000000 00000002 6970 00000003 753a70", wire.XidAuth,
		sdk.Op{Kind: sdk.OpAuth, Scheme: "ip", Data: []byte("u:p")}},
	{"0000002c fffffff8 00000065 000000000000000a 00000002 00000002 2f61 00000000 00000000 00000001 00000002 2f62", wire.XidSetWatches,
		sdk.Op{Kind: sdk.OpSetWatches, Watches: &sdk.Watches{RelativeZxid: 10, Data: []string{"/a", ""}, Child: []string{"/b"}}}},
	{"00000011 0000000b 0000000e ffffffff 01 ffffffff", 11,
		sdk.Op{Kind: sdk.OpMulti}},
	{"00000037 0000000c 0000000e 00000002 00 ffffffff 00000002 2f61 00000001" +
		"0000000d 00 ffffffff 00000002 2f62 00000002 ffffffff 01 ffffffff", 12,
		sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			{Kind: sdk.OpDelete, Path: "/a", Version: 1}, {Kind: sdk.OpCheck, Path: "/b", Version: 2}}}},
	{"0000001b 0000000d 00000013 00000002 2f61 00000001 78 00000000 00000004", 13,
		sdk.Op{Kind: sdk.OpCreateContainer, Path: "/a", Data: []byte("x"), Mode: sdk.ModeContainer}},
	{"00000022 0000000e 00000015 00000002 2f61 ffffffff 00000000 00000006 000000ffffffffff", 14,
		sdk.Op{Kind: sdk.OpCreateTTL, Path: "/a", Mode: sdk.ModeTTLSequential, TTL: 1<<40 - 1}},
	{"0000004d 0000000f 0000000e 00000013 00 ffffffff 00000001 2f ffffffff 00000000 00000004" +
		"00000015 00 ffffffff 00000001 2f ffffffff 00000000 00000005 0000000000000007 ffffffff 01 ffffffff", 15,
		sdk.Op{Kind: sdk.OpMulti, Ops: []sdk.Op{
			{Kind: sdk.OpCreateContainer, Path: "/", Mode: sdk.ModeContainer},
			{Kind: sdk.OpCreateTTL, Path: "/", Mode: sdk.ModeTTL, TTL: 7}}}},
	{"00000031 00000010 00000016 00000004 00 ffffffff 00000002 2f61 00" +
		"00000008 00 ffffffff 00000002 2f62 01 ffffffff 01 ffffffff", 16,
		sdk.Op{Kind: sdk.OpMultiRead, Ops: []sdk.Op{
			{Kind: sdk.OpGetData, Path: "/a"}, {Kind: sdk.OpGetChildren, Path: "/b", Watch: true}}}},
	{"00000012 00000011 00000011 00000002 2f61 00000003", 17,
		sdk.Op{Kind: sdk.OpCheckWatches, Path: "/a", Type: sdk.WatchAny}},
	{"00000012 00000012 00000012 00000002 2f61 00000005", 18,
		sdk.Op{Kind: sdk.OpRemoveWatches, Path: "/a", Type: sdk.WatchRecursive}},
	{"0000000e 00000013 00000067 00000002 2f61", 19,
		sdk.Op{Kind: sdk.OpGetEphemerals, Path: "/a"}},
	{"0000000e 00000014 00000068 00000002 2f61", 20,
		sdk.Op{Kind: sdk.OpGetAllChildrenNumber, Path: "/a"}},
	{"00000030 fffffff8 00000069 000000000000000a 00000000 00000000 00000000 00000001 00000002 2f61 00000001 00000002 2f62", wire.XidSetWatches,
		sdk.Op{Kind: sdk.OpSetWatches2, Watches: &sdk.Watches{RelativeZxid: 10, Persistent: []string{"/a"}, Recursive: []string{"/b"}}}},
	{"00000012 00000015 0000006a 00000002 2f61 00000000", 21,
		sdk.Op{Kind: sdk.OpAddWatch, Path: "/a", Type: sdk.WatchPersistent}},
	{"00000012 00000016 0000006a 00000002 2f61 00000001", 22,
		sdk.Op{Kind: sdk.OpAddWatch, Path: "/a", Type: sdk.WatchRecursive}},
	{"00000008 00000017 0000006b", 23,
		sdk.Op{Kind: sdk.OpWhoAmI}},
	{"0000001f 00000018 00000010 00000003 613d62 ffffffff ffffffff ffffffffffffffff", 24,
		sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Joining: "a=b", Version: -1}}},
	{"00000022 00000019 00000010 ffffffff 00000003 322c33 00000003 633d64 0000000100000002", 25,
		sdk.Op{Kind: sdk.OpReconfig, Members: &sdk.Reshape{Leaving: "2,3", Members: "c=d", Version: 1<<32 + 2}}},
	{"0000000e 0000001a 00000066 00000002 00ff", 26,
		sdk.Op{Kind: sdk.OpSASL, Data: []byte{0, 0xff}}},
	{"0000000c 0000001b 00000066 00000000", 27,
		sdk.Op{Kind: sdk.OpSASL, Data: []byte{}}},
}

func TestRequestVectors(t *testing.T) {
	for _, v := range requestVectors {
		want := unhex(t, v.hex)
		got, err := wire.AppendRequest([]byte("before"), v.xid, &v.op)
		if err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
			t.Errorf("%v is %x, %v; want %x", v.op.Kind, got, err, want)
		}
		h, body, err := wire.DecodeRequestHeader(want[4:])
		if err != nil || h != (wire.RequestHeader{Xid: v.xid, Kind: v.op.Kind}) {
			t.Errorf("%v: header %v, %v", v.op.Kind, h, err)
		}
		var op sdk.Op
		if err := wire.DecodeRequest(h.Kind, body, &op); err != nil || !reflect.DeepEqual(op, v.op) {
			t.Errorf("%x is %+v, %v; want %+v", want, op, err, v.op)
		}
	}
}

// stat has a value of its own in every field.
var stat = sdk.Stat{Czxid: 1, Mzxid: 2, Ctime: 3, Mtime: 4, Version: 5, Cversion: 6, Aversion: 7, EphemeralOwner: 8,
	DataLength: 9, NumChildren: 10, Pzxid: 11}

const statHex = " 0000000000000001 0000000000000002 0000000000000003 0000000000000004 00000005 00000006 00000007" +
	" 0000000000000008 00000009 0000000a 000000000000000b"

var replyVectors = []struct {
	hex string
	xid int32
	m   sdk.Message
}{
	{"00000016 00000001 0000000000000005 00000000 00000002 2f61", 1,
		sdk.Message{Kind: sdk.OpCreate, Zxid: 5, Result: sdk.Result{Path: "/a"}}},
	{"0000005a 00000001 0000000000000005 00000000 00000002 2f61" + statHex, 1,
		sdk.Message{Kind: sdk.OpCreate2, Zxid: 5, Result: sdk.Result{Path: "/a", Stat: stat}}},
	{"00000010 00000001 0000000000000005 ffffff92", 1,
		sdk.Message{Kind: sdk.OpCreate, Zxid: 5, Code: sdk.CodeNodeExists}},
	{"00000010 00000002 0000000000000006 00000000", 2,
		sdk.Message{Kind: sdk.OpDelete, Zxid: 6}},
	{"00000054 00000003 0000000000000006 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpExists, Zxid: 6, Result: sdk.Result{Stat: stat}}},
	{"00000058 00000003 0000000000000006 00000000 ffffffff" + statHex, 3,
		sdk.Message{Kind: sdk.OpGetData, Zxid: 6, Result: sdk.Result{Stat: stat}}},
	{"00000058 00000003 0000000000000006 00000000 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpGetData, Zxid: 6, Result: sdk.Result{Data: []byte{}, Stat: stat}}},
	{"00000054 00000003 0000000000000006 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpSetData, Zxid: 6, Result: sdk.Result{Stat: stat}}},
	{"00000064 00000003 0000000000000006 00000000 00000001 00000010 00000000 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpGetACL, Zxid: 6, Result: sdk.Result{Stat: stat, ACL: []sdk.ACL{{Perms: sdk.PermAdmin}}}}},
	{"00000054 00000003 0000000000000006 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpSetACL, Zxid: 6, Result: sdk.Result{Stat: stat}}},
	{"0000001f 00000003 0000000000000006 00000000 00000002 00000001 61 00000002 6263", 3,
		sdk.Message{Kind: sdk.OpGetChildren, Zxid: 6, Result: sdk.Result{Children: []string{"a", "bc"}}}},
	{"00000058 00000003 0000000000000006 00000000 00000000" + statHex, 3,
		sdk.Message{Kind: sdk.OpGetChildren2, Zxid: 6, Result: sdk.Result{Stat: stat}}},
	{"00000016 00000003 0000000000000006 00000000 00000002 2f61", 3,
		sdk.Message{Kind: sdk.OpSync, Zxid: 6, Result: sdk.Result{Path: "/a"}}},
	{"00000010 fffffffe 0000000000000006 00000000", wire.XidPing,
		sdk.Message{Kind: sdk.OpPing, Zxid: 6}},
	{"00000010 fffffffc 0000000000000000 ffffff8d", wire.XidAuth,
		sdk.Message{Kind: sdk.OpAuth, Code: sdk.CodeAuthFailed}},
	{"0000003a 00000004 0000000000000007 00000000 00000001 00 00000000 00000002 2f61 00000002 00 00000000" +
		"0000000d 00 00000000 ffffffff 01 ffffffff", 4,
		sdk.Message{Kind: sdk.OpMulti, Zxid: 7, Result: sdk.Result{Multi: []sdk.OpResult{
			{Kind: sdk.OpCreate, Path: "/a"}, {Kind: sdk.OpDelete}, {Kind: sdk.OpCheck}}}}},
	{"00000040 00000004 0000000000000007 00000000 ffffffff 00 00000000 00000000 ffffffff 00 ffffff99 ffffff99" +
		"ffffffff 00 fffffffe fffffffe ffffffff 01 ffffffff", 4,
		sdk.Message{Kind: sdk.OpMulti, Zxid: 7, Result: sdk.Result{Multi: []sdk.OpResult{
			{Kind: sdk.OpError}, {Kind: sdk.OpError, Code: sdk.CodeBadVersion},
			{Kind: sdk.OpError, Code: sdk.CodeRuntimeInconsistency}}}}},
	{"0000005a 00000005 0000000000000007 00000000 00000002 2f61" + statHex, 5,
		sdk.Message{Kind: sdk.OpCreateContainer, Zxid: 7, Result: sdk.Result{Path: "/a", Stat: stat}}},
	{"0000005a 00000005 0000000000000007 00000000 00000002 2f61" + statHex, 5,
		sdk.Message{Kind: sdk.OpCreateTTL, Zxid: 7, Result: sdk.Result{Path: "/a", Stat: stat}}},
	{"0000008f 00000005 0000000000000007 00000000 00000004 00 00000000 00000001 78" + statHex +
		"00000008 00 00000000 00000002 00000001 61 00000001 62 ffffffff 00 ffffff9b ffffff9b ffffffff 01 ffffffff", 5,
		sdk.Message{Kind: sdk.OpMultiRead, Zxid: 7, Result: sdk.Result{Multi: []sdk.OpResult{
			{Kind: sdk.OpGetData, Data: []byte("x"), Stat: stat}, {Kind: sdk.OpGetChildren, Children: []string{"a", "b"}},
			{Kind: sdk.OpError, Code: sdk.CodeNoNode}}}}},
	{"00000010 00000006 0000000000000007 00000000", 6,
		sdk.Message{Kind: sdk.OpCheckWatches, Zxid: 7}},
	{"00000010 00000006 0000000000000007 ffffff87", 6,
		sdk.Message{Kind: sdk.OpRemoveWatches, Zxid: 7, Code: sdk.CodeNoWatcher}},
	{"0000001a 00000007 0000000000000007 00000000 00000001 00000002 2f61", 7,
		sdk.Message{Kind: sdk.OpGetEphemerals, Zxid: 7, Result: sdk.Result{Children: []string{"/a"}}}},
	{"00000014 00000007 0000000000000007 00000000 00000005", 7,
		sdk.Message{Kind: sdk.OpGetAllChildrenNumber, Zxid: 7, Result: sdk.Result{Count: 5}}},
	{"00000010 fffffff8 0000000000000007 00000000", wire.XidSetWatches,
		sdk.Message{Kind: sdk.OpSetWatches2, Zxid: 7}},
	{"00000014 00000008 0000000000000007 00000000 00000000", 8,
		sdk.Message{Kind: sdk.OpAddWatch, Zxid: 7}},
	{"00000029 00000009 0000000000000007 00000000 00000002 00000002 6970 00000001 78 00000001 79 00000001 7a", 9,
		sdk.Message{Kind: sdk.OpWhoAmI, Zxid: 7, Result: sdk.Result{Who: []sdk.Identity{{Scheme: "ip", ID: "x"}, {Scheme: "y", ID: "z"}}}}},
	{"00000059 0000000a 0000000000000007 00000000 00000001 78" + statHex, 10,
		sdk.Message{Kind: sdk.OpReconfig, Zxid: 7, Result: sdk.Result{Data: []byte("x"), Stat: stat}}},
	{"00000016 0000000b 0000000000000000 00000000 00000002 00ff", 11,
		sdk.Message{Kind: sdk.OpSASL, Result: sdk.Result{Data: []byte{0, 0xff}}}},
	{"00000014 0000000b 0000000000000000 ffffff8d ffffffff", 11,
		sdk.Message{Kind: sdk.OpSASL, Code: sdk.CodeAuthFailed}},
}

func TestReplyVectors(t *testing.T) {
	for _, v := range replyVectors {
		want := unhex(t, v.hex)
		if got := wire.AppendReply([]byte("before"), v.xid, &v.m); !bytes.Equal(got, append([]byte("before"), want...)) {
			t.Errorf("%v is %x, want %x", v.m.Kind, got, want)
		}
		h, body, err := wire.DecodeReplyHeader(want[4:])
		if err != nil || h != (wire.ReplyHeader{Xid: v.xid, Zxid: v.m.Zxid, Code: v.m.Code}) {
			t.Errorf("%v: header %v, %v", v.m.Kind, h, err)
		}
		m := sdk.Message{Cookie: 77, Event: &sdk.Event{}}
		err = wire.DecodeReply(h, v.m.Kind, body, &m)
		clear(body)
		v.m.Cookie = 77
		if err != nil || !reflect.DeepEqual(m, v.m) {
			t.Errorf("%x is %+v, %v; want %+v", want, m, err, v.m)
		}
	}
}

// TestMultiCreate2 pins that a container and a node with a TTL answer in a multi as create2, and are read as that.
func TestMultiCreate2(t *testing.T) {
	body := unhex(t, "0000000f 00 00000000 00000002 2f61"+statHex+"ffffffff 01 ffffffff")
	of := func(kind sdk.OpKind) sdk.Message {
		return sdk.Message{Kind: sdk.OpMulti, Result: sdk.Result{Multi: []sdk.OpResult{{Kind: kind, Path: "/a", Stat: stat}}}}
	}
	for _, kind := range []sdk.OpKind{sdk.OpCreate2, sdk.OpCreateContainer, sdk.OpCreateTTL} {
		m := of(kind)
		if got := wire.AppendReply(nil, 1, &m); !bytes.Equal(got[20:], body) {
			t.Errorf("%v: got %x, want %x", kind, got[20:], body)
		}
	}
	var got sdk.Message
	if err := wire.DecodeReply(wire.ReplyHeader{}, sdk.OpMulti, body, &got); err != nil || !reflect.DeepEqual(got, of(sdk.OpCreate2)) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEventVector(t *testing.T) {
	event := sdk.Event{Kind: sdk.EventDeleted, Path: "/a", Zxid: 9}
	want := unhex(t, "0000001e ffffffff 0000000000000009 00000000 00000002 00000003 00000002 2f61")
	if got := wire.AppendEvent(nil, &event); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	h, body, err := wire.DecodeReplyHeader(want[4:])
	must(t, err)
	got, err := wire.DecodeEvent(h, body)
	clear(body)
	if err != nil || got != event || h.Xid != wire.XidEvent {
		t.Errorf("got %+v behind %+v, %v", got, h, err)
	}
}

func TestConnectVectors(t *testing.T) {
	const secret = "00000010 000102030405060708090a0b0c0d0e0f"
	requests := map[string]wire.ConnectRequest{
		"0000002d 00000000 0000000000000007 00002710 0000000000000001" + secret + "01": {
			LastZxidSeen: 7, TimeoutMillis: 10000, SessionID: 1, Password: password[:], ReadOnly: true},
		"0000002c 00000000 0000000000000007 00002710 0000000000000001" + secret: {
			LastZxidSeen: 7, TimeoutMillis: 10000, SessionID: 1, Password: password[:], Short: true},
		"0000001d 00000000 0000000000000000 00000000 0000000000000000 ffffffff 00": {},
	}
	for text, want := range requests {
		bytesWant := unhex(t, text)
		var got wire.ConnectRequest
		if err := wire.DecodeConnectRequest(bytesWant[4:], &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
		if again := wire.AppendConnectRequest(nil, &want); !bytes.Equal(again, bytesWant) {
			t.Errorf("%+v is %x", want, again)
		}
	}
	responses := map[string]wire.ConnectResponse{
		"00000025 00000000 00002710 0000000000000001" + secret + "00": {TimeoutMillis: 10000, SessionID: 1, Password: password},
		"00000025 00000000 00002710 0000000000000001" + secret + "01": {TimeoutMillis: 10000, SessionID: 1, Password: password, ReadOnly: true},
		"00000024 00000000 00002710 0000000000000001" + secret:        {TimeoutMillis: 10000, SessionID: 1, Password: password, Short: true},
	}
	for text, want := range responses {
		bytesWant := unhex(t, text)
		var got wire.ConnectResponse
		if err := wire.DecodeConnectResponse(bytesWant[4:], &got); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
		if again := wire.AppendConnectResponse(nil, &want); !bytes.Equal(again, bytesWant) {
			t.Errorf("%+v is %x", want, again)
		}
	}
}

var password = [sdk.PasswordLen]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
