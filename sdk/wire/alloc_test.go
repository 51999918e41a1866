package wire_test

import (
	"testing"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/wire"
)

// hotRequests and hotReplies are what a busy server handles most.
var hotRequests = []sdk.Op{
	{Kind: sdk.OpExists, Path: "/app/config", Watch: true},
	{Kind: sdk.OpGetData, Path: "/app/config"},
	{Kind: sdk.OpSetData, Path: "/app/config", Data: make([]byte, 100), Version: -1},
	{Kind: sdk.OpPing},
	{Kind: sdk.OpAddWatch, Path: "/app", Type: sdk.WatchRecursive},
	{Kind: sdk.OpGetAllChildrenNumber, Path: "/app"},
	{Kind: sdk.OpWhoAmI},
}

var hotReplies = []sdk.Message{
	{Kind: sdk.OpExists, Result: sdk.Result{Stat: stat}},
	{Kind: sdk.OpGetData, Result: sdk.Result{Stat: stat, Data: make([]byte, 100)}},
	{Kind: sdk.OpSetData, Result: sdk.Result{Stat: stat}},
	{Kind: sdk.OpGetData, Code: sdk.CodeNoNode},
	{Kind: sdk.OpPing},
	{Kind: sdk.OpGetAllChildrenNumber, Result: sdk.Result{Count: 1000}},
	{Kind: sdk.OpMultiRead, Result: sdk.Result{Multi: []sdk.OpResult{{Kind: sdk.OpGetData, Data: make([]byte, 100), Stat: stat}}}},
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	var op sdk.Op
	for i := range hotRequests {
		frame, err := wire.AppendRequest(nil, 1, &hotRequests[i])
		must(t, err)
		if n := testing.AllocsPerRun(100, func() {
			h, body, _ := wire.DecodeRequestHeader(frame[4:])
			if err := wire.DecodeRequest(h.Kind, body, &op); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("decoding %v: %v allocations", hotRequests[i].Kind, n)
		}
	}
	buf := make([]byte, 0, 1024)
	for i := range hotReplies {
		if n := testing.AllocsPerRun(100, func() { wire.AppendReply(buf, 1, &hotReplies[i]) }); n != 0 {
			t.Errorf("encoding the reply to %v: %v allocations", hotReplies[i].Kind, n)
		}
	}
	event := &sdk.Event{Kind: sdk.EventCreated, Path: "/app/config"}
	if n := testing.AllocsPerRun(100, func() { wire.AppendEvent(buf, event) }); n != 0 {
		t.Errorf("encoding an event: %v allocations", n)
	}
}

// TestReusedMultiDoesNotAllocate: the second multi finds the room of the first.
func TestReusedMultiDoesNotAllocate(t *testing.T) {
	acl := sdk.OpenACL()
	for _, multi := range []sdk.Op{
		{Kind: sdk.OpMulti, Ops: []sdk.Op{{Kind: sdk.OpCreate, Path: "/a", ACL: acl}, {Kind: sdk.OpCreate, Path: "/b", ACL: acl}}},
		{Kind: sdk.OpMultiRead, Ops: []sdk.Op{{Kind: sdk.OpGetData, Path: "/a"}, {Kind: sdk.OpGetChildren, Path: "/b"}}},
	} {
		frame, err := wire.AppendRequest(nil, 1, &multi)
		must(t, err)
		var op sdk.Op
		if n := testing.AllocsPerRun(100, func() { must(t, wire.DecodeRequest(multi.Kind, frame[12:], &op)) }); n != 0 {
			t.Errorf("%v: %v allocations", multi.Kind, n)
		}
	}
}

func BenchmarkDecodeRequest(b *testing.B) {
	for i := range hotRequests {
		b.Run(hotRequests[i].Kind.String(), func(b *testing.B) {
			frame, _ := wire.AppendRequest(nil, 1, &hotRequests[i])
			var op sdk.Op
			b.ReportAllocs()
			for b.Loop() {
				h, body, _ := wire.DecodeRequestHeader(frame[4:])
				if err := wire.DecodeRequest(h.Kind, body, &op); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendReply(b *testing.B) {
	for i := range hotReplies[:3] {
		b.Run(hotReplies[i].Kind.String(), func(b *testing.B) {
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				wire.AppendReply(buf, 1, &hotReplies[i])
			}
		})
	}
}
