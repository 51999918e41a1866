package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// TestTruncatedRequests cuts every request at every byte: what is missing is always noticed.
func TestTruncatedRequests(t *testing.T) {
	for _, v := range requestVectors {
		body := unhex(t, v.hex)[12:]
		for n := range body {
			var op sdk.Op
			if err := wire.DecodeRequest(v.op.Kind, body[:n], &op); !errors.Is(err, sdk.CodeMarshallingError) {
				t.Errorf("%v cut to %d of %d bytes: %v", v.op.Kind, n, len(body), err)
			}
		}
	}
}

func TestTruncatedReplies(t *testing.T) {
	for _, v := range replyVectors {
		if v.m.Code != sdk.OK {
			continue
		}
		h, body, err := wire.DecodeReplyHeader(unhex(t, v.hex)[4:])
		must(t, err)
		for n := range body {
			if err := wire.DecodeReply(h, v.m.Kind, body[:n], &sdk.Message{}); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("%v cut to %d of %d bytes: %v", v.m.Kind, n, len(body), err)
			}
		}
	}
}

func TestTruncatedHeaders(t *testing.T) {
	for n := range 8 {
		if _, _, err := wire.DecodeRequestHeader(make([]byte, n)); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("request header of %d bytes: %v", n, err)
		}
	}
	for n := range 16 {
		if _, _, err := wire.DecodeReplyHeader(make([]byte, n)); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("reply header of %d bytes: %v", n, err)
		}
	}
	for n := range 28 {
		if err := wire.DecodeConnectRequest(make([]byte, n), &wire.ConnectRequest{}); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("connect request of %d bytes: %v", n, err)
		}
	}
	for n := range 20 {
		if err := wire.DecodeConnectResponse(make([]byte, n), &wire.ConnectResponse{}); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("connect response of %d bytes: %v", n, err)
		}
	}
}

// TestRefusedRequests are bodies that no server should act on, and the code each is answered with.
func TestRefusedRequests(t *testing.T) {
	tests := []struct {
		what string
		kind sdk.OpKind
		body string
		code sdk.Code
	}{
		{"null path", sdk.OpGetData, "ffffffff 00", sdk.CodeMarshallingError},
		{"null path", sdk.OpCreate, "ffffffff ffffffff 00000000 00000000", sdk.CodeMarshallingError},
		{"null path", sdk.OpDelete, "ffffffff 00000000", sdk.CodeMarshallingError},
		{"null path", sdk.OpGetACL, "ffffffff", sdk.CodeMarshallingError},
		{"string of length -2", sdk.OpGetData, "fffffffe 00", sdk.CodeMarshallingError},
		{"string of 2 GB", sdk.OpGetData, "7fffffff 00", sdk.CodeMarshallingError},
		{"buffer of length -2", sdk.OpSetData, "00000001 2f fffffffe 00000000", sdk.CodeMarshallingError},
		{"two billion ACLs", sdk.OpSetACL, "00000001 2f 7fffffff 00000000", sdk.CodeMarshallingError},
		{"two billion watches", sdk.OpSetWatches, "0000000000000000 7fffffff 00000000", sdk.CodeMarshallingError},
		{"setACL in a multi", sdk.OpMulti, "00000007 00 ffffffff", sdk.CodeMarshallingError},
		{"multi in a multi", sdk.OpMulti, "0000000e 00 ffffffff", sdk.CodeMarshallingError},
		{"error in a multi", sdk.OpMulti, "ffffffff 00 ffffffff", sdk.CodeMarshallingError},
		{"multi without an end", sdk.OpMulti, "00000002 00 ffffffff 00000001 2f 00000000", sdk.CodeMarshallingError},
		{"deleteContainer in a multi", sdk.OpMulti, "00000014 00 ffffffff", sdk.CodeMarshallingError},
		{"getData in a multi", sdk.OpMulti, "00000004 00 ffffffff 00000001 2f 00", sdk.CodeMarshallingError},
		{"exists in a multiRead", sdk.OpMultiRead, "00000003 00 ffffffff 00000001 2f 00", sdk.CodeMarshallingError},
		{"create in a multiRead", sdk.OpMultiRead, "00000001 00 ffffffff", sdk.CodeMarshallingError},
		{"null path in a multiRead", sdk.OpMultiRead, "00000004 00 ffffffff ffffffff 00 ffffffff 01 ffffffff", sdk.CodeMarshallingError},
		{"null id of world", sdk.OpCreate, "00000001 2f ffffffff 00000001 0000001f 00000005 776f726c64 ffffffff 00000000", sdk.CodeMarshallingError},
		{"null id of ip", sdk.OpSetACL, "00000001 2f 00000001 0000001f 00000002 6970 ffffffff 00000000", sdk.CodeMarshallingError},
		{"null path", sdk.OpCreateTTL, "ffffffff ffffffff 00000000 00000005 0000000000000001", sdk.CodeMarshallingError},
		{"null path", sdk.OpAddWatch, "ffffffff 00000000", sdk.CodeMarshallingError},
		{"mode 2", sdk.OpAddWatch, "00000001 2f 00000002", sdk.CodeMarshallingError},
		{"mode -1", sdk.OpAddWatch, "00000001 2f ffffffff", sdk.CodeMarshallingError},
		{"the least mode", sdk.OpAddWatch, "00000001 2f 80000000", sdk.CodeMarshallingError},
		{"the greatest mode", sdk.OpAddWatch, "00000001 2f 7fffffff", sdk.CodeMarshallingError},
		{"null path", sdk.OpCheckWatches, "ffffffff 00000001", sdk.CodeMarshallingError},
		{"type 0", sdk.OpCheckWatches, "00000001 2f 00000000", sdk.CodeMarshallingError},
		{"type 6", sdk.OpRemoveWatches, "00000001 2f 00000006", sdk.CodeMarshallingError},
		{"null path", sdk.OpGetAllChildrenNumber, "ffffffff", sdk.CodeMarshallingError},
		{"two lists missing", sdk.OpSetWatches2, "0000000000000001 00000000 00000000 00000000", sdk.CodeMarshallingError},
		{"reconfig without a config", sdk.OpReconfig, "ffffffff ffffffff ffffffff", sdk.CodeMarshallingError},
		{"token of 2 GB", sdk.OpSASL, "7fffffff", sdk.CodeMarshallingError},
		{"deleteContainer", 20, "00000001 2f", sdk.CodeBadArguments},
		{"check", sdk.OpCheck, "00000001 2f 00000000", sdk.CodeUnimplemented},
		{"error", sdk.OpError, "", sdk.CodeUnimplemented},
		{"createSession", -10, "", sdk.CodeUnimplemented},
		{"nothing", 108, "", sdk.CodeUnimplemented},
	}
	for _, test := range tests {
		var op sdk.Op
		if err := wire.DecodeRequest(test.kind, unhex(t, test.body), &op); !errors.Is(err, test.code) {
			t.Errorf("%s (kind %d): %v, want %v", test.what, test.kind, err, test.code)
		}
	}
}

// TestLenientRequests are bodies that ZooKeeper takes although they are not what a client of its own would send.
func TestLenientRequests(t *testing.T) {
	tests := []struct {
		what string
		kind sdk.OpKind
		body string
		op   sdk.Op
	}{
		{"boolean 7", sdk.OpGetData, "00000001 2f 07", sdk.Op{Path: "/", Watch: true}},
		{"trailing bytes", sdk.OpGetData, "00000001 2f 00 0102", sdk.Op{Path: "/"}},
		{"ping with a body", sdk.OpPing, "0102", sdk.Op{}},
		{"null vector", sdk.OpSetACL, "00000001 2f ffffffff 00000003", sdk.Op{Path: "/", Version: 3}},
		{"vector of length -2", sdk.OpSetACL, "00000001 2f fffffffe 00000003", sdk.Op{Path: "/", Version: 3}},
		{"null path of setACL", sdk.OpSetACL, "ffffffff 00000000 00000003", sdk.Op{Version: 3}},
		{"null path of setData", sdk.OpSetData, "ffffffff ffffffff 00000003", sdk.Op{Version: 3}},
		{"null path of sync", sdk.OpSync, "ffffffff", sdk.Op{}},
		{"null prefix", sdk.OpGetEphemerals, "ffffffff", sdk.Op{}},
		{"null path of removeWatches", sdk.OpRemoveWatches, "ffffffff 00000001", sdk.Op{Type: sdk.WatchChildren}},
		{"null scheme of an ACL", sdk.OpSetACL, "00000001 2f 00000001 00000001 ffffffff ffffffff 00000003", sdk.Op{Path: "/",
			ACL: []sdk.ACL{{Perms: sdk.PermRead}}, Version: 3}},
		{"null id of auth", sdk.OpSetACL, "00000001 2f 00000001 00000001 00000004 61757468 ffffffff 00000003", sdk.Op{Path: "/",
			ACL: []sdk.ACL{{Perms: sdk.PermRead, Identity: sdk.Identity{Scheme: "auth"}}}, Version: 3}},
		{"null lists of setWatches2", sdk.OpSetWatches2, "0000000000000001 ffffffff ffffffff ffffffff ffffffff ffffffff", sdk.Op{
			Watches: &sdk.Watches{RelativeZxid: 1}}},
		{"empty lists of members", sdk.OpReconfig, "00000000 ffffffff 00000000 0000000000000007", sdk.Op{Members: &sdk.Reshape{Version: 7}}},
		{"null token", sdk.OpSASL, "ffffffff", sdk.Op{}},
		{"null scheme", sdk.OpAuth, "00000000 ffffffff ffffffff", sdk.Op{}},
	}
	for _, test := range tests {
		test.op.Kind = test.kind
		var op sdk.Op
		if err := wire.DecodeRequest(test.kind, unhex(t, test.body), &op); err != nil || !reflect.DeepEqual(op, test.op) {
			t.Errorf("%s: %+v, %v; want %+v", test.what, op, err, test.op)
		}
	}
}

// TestReusedOp decodes all requests into one op, each after each: nothing of the former one shows.
func TestReusedOp(t *testing.T) {
	var op sdk.Op
	for _, first := range requestVectors {
		for _, v := range requestVectors {
			must(t, wire.DecodeRequest(first.op.Kind, unhex(t, first.hex)[12:], &op))
			must(t, wire.DecodeRequest(v.op.Kind, unhex(t, v.hex)[12:], &op))
			got, err := wire.AppendRequest(nil, v.xid, &op)
			if want := unhex(t, v.hex); err != nil || string(got) != string(want) {
				t.Errorf("%v after %v is %x, %v; want %x", v.op.Kind, first.op.Kind, got, err, want)
			}
		}
	}
}

func TestAppendRequestOfNoKind(t *testing.T) {
	for _, op := range []sdk.Op{{Kind: sdk.OpError}, {Kind: 108}, {Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpGetData}}},
		{Kind: sdk.OpMultiRead, Ops: []sdk.Op{{Kind: sdk.OpExists}}}} {
		if got, err := wire.AppendRequest([]byte("as"), 1, &op); string(got) != "as" || !errors.Is(err, sdk.CodeUnimplemented) {
			t.Errorf("%+v is %x, %v", op, got, err)
		}
	}
}
